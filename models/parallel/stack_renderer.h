#pragma once

#include "models/parallel/kernels/fold_states.h"
#include "models/parallel/kernels/layer_end_states.h"
#include "models/parallel/kernels/layer_output.h"
#include "models/parallel/render_engine.h"
#include "models/parallel/staging.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <future>
#include <vector>

namespace continuo::parallel {

/// RenderEngine on a device: audio goes through it in rounds of up to `round_frames` samples, while the round
/// before comes back and the round after goes there. A round takes a piece of a long job, or many short ones;
/// where a job goes on in the next round, its states stay on the device.
///
/// \tparam Device  ThreadDevice or CudaDevice
/// \tparam Channels, Modes  of the kernels, at least the stack's
template <class Device, int Channels, int Modes>
class StackRenderer : public RenderEngine {
  public:
    /// \param round_frames  a multiple of `segment_frames`
    StackRenderer(const RenderStack& stack, std::size_t round_frames, int segment_frames)
        : layout_(stack.layout), segment_frames_(segment_frames), round_frames_(round_frames),
          input_scale_(stack.input_scale), output_scale_(stack.output_scale),
          decoder_bias_(stack.decoder_bias),
          state_size_(std::size_t(layout_.layers) * layout_.modes * 2 * Channels),
          coefficients_(layout_.size()), rest_(most_sequences * state_size_) {
        for (Lane& lane : lanes_) {
            lane.x = typename Device::template Array<float>(round_frames * Channels);
            lane.states = typename Device::template Array<float>(most_blocks() * Block::segments *
                                                                 layout_.modes * 2 * Channels);
            lane.carry = typename Device::template Array<double>(most_sequences * state_size_);
        }
        lanes_[0].queue = Queue::compute;
        lanes_[1].queue = Queue::other_compute;
        typename Device::template Staging<float> values(coefficients_.size());
        std::copy_n(stack.coefficients, coefficients_.size(), values.data());
        device_.copy(Queue::compute, coefficients_.data(), values.data(), coefficients_.size());
        typename Device::template Staging<double> rest(rest_.size());
        for (std::size_t i = 0; i < most_sequences; ++i)
            std::copy_n(stack.equilibrium, state_size_, rest.data() + i * state_size_);
        device_.copy(Queue::compute, rest_.data(), rest.data(), rest_.size());
        device_.finish(device_.record(Queue::compute));
        for (Slot& slot : slots_) {
            for (auto* audio : {&slot.input, &slot.output})
                *audio = typename Device::template Array<float>(round_frames);
            for (auto* audio : {&slot.staged_input, &slot.staged_output})
                *audio = typename Device::template Staging<float>(round_frames);
            slot.sequences = typename Device::template Array<Sequence>(most_sequences);
            slot.staged_sequences = typename Device::template Staging<Sequence>(most_sequences);
            slot.blocks = typename Device::template Array<BlockOfSegments>(most_blocks());
            slot.staged_blocks = typename Device::template Staging<BlockOfSegments>(most_blocks());
        }
    }

    void run(const RenderJob* jobs, std::size_t count, void (*progress)(void*, std::size_t),
             void* context) override {
        try {
            run_rounds(jobs, count, progress, context);
        } catch (...) {
            for (Slot& slot : slots_) {
                if (slot.handed_over.valid())
                    slot.handed_over.wait();
                slot.handed_over = {};
                slot.pieces.clear();
            }
            throw;
        }
    }

  private:
    using Block = SegmentBlock<Channels>;
    using Queue = typename Device::Queue;
    using Event = typename Device::Event;
    static constexpr std::size_t most_sequences = 512, slot_count = 4;

    struct Piece {
        float* output;
        std::size_t frames;
    };
    struct Slot {
        typename Device::template Array<float> input, output;
        typename Device::template Staging<float> staged_input, staged_output;
        typename Device::template Array<Sequence> sequences;
        typename Device::template Staging<Sequence> staged_sequences;
        typename Device::template Array<BlockOfSegments> blocks;
        typename Device::template Staging<BlockOfSegments> staged_blocks;
        std::vector<Piece> pieces;
        std::size_t frames = 0, block_count = 0;
        bool begins_anew = false; ///< the first piece does not go on from the round before
        Event downloaded;
        std::future<void> handed_over;
    };

    void run_rounds(const RenderJob* jobs, std::size_t count, void (*progress)(void*, std::size_t),
                    void* context) {
        std::size_t job = 0, done = 0, round = 0;
        for (; job < count; ++round) {
            Slot& slot = slots_[round % slot_count];
            collect(slot, progress, context); // of slot_count rounds ago
            fill(slot, jobs, count, job, done);
            if (!slot.pieces.empty())
                start(slot, int(round % 2));
        }
        for (std::size_t i = 0; i < slot_count; ++i)
            collect(slots_[(round + i) % slot_count], progress, context);
    }

    /// What a round is computed with. Two rounds are under way at a time: while one folds, or the last blocks
    /// of its kernel run, the other one fills the GPU.
    struct Lane {
        Queue queue{};
        typename Device::template Array<float> x, states;
        typename Device::template Array<double> carry; ///< [sequence][layer][mode][real, imaginary][channel]
        std::vector<Event> folded;                     ///< by layer
    };

    // Every sequence may leave the rest of its last block empty.
    std::size_t most_blocks() const {
        return round_frames_ / std::size_t(segment_frames_ * Block::segments) + most_sequences;
    }

    /// Takes the next pieces of the jobs into the slot's staging memory.
    void fill(Slot& slot, const RenderJob* jobs, std::size_t count, std::size_t& job, std::size_t& done) {
        slot.frames = slot.block_count = 0;
        slot.begins_anew = done == 0;
        while (job < count && slot.pieces.size() < most_sequences) {
            const std::size_t room = round_frames_ - slot.frames,
                              frames = std::min(jobs[job].frames - done, round_frames_);
            // Always cut at the same places, so that a job's bits do not depend on those before it.
            if (frames > room)
                break;
            const std::size_t index = slot.pieces.size();
            if (frames > 0) {
                const float* from = jobs[job].input + done;
                copy_with_threads(from, frames, slot.staged_input.data() + slot.frames);
                slot.staged_sequences.data()[index] = {std::int64_t(slot.frames), std::int32_t(frames),
                                                       std::int32_t(slot.block_count), 0,
                                                       std::int32_t(index)};
                const std::size_t per_block = std::size_t(segment_frames_ * Block::segments);
                for (std::size_t b = 0; b * per_block < frames; ++b)
                    slot.staged_blocks.data()[slot.block_count++] = {std::int32_t(index), std::int32_t(b)};
                slot.pieces.push_back({jobs[job].output + done, frames});
                slot.frames += frames;
                done += frames;
            }
            if (done == jobs[job].frames) {
                ++job;
                done = 0;
            }
        }
    }

    /// \param lane  which of the two
    void start(Slot& slot, int lane) {
        device_.copy(Queue::upload, slot.input.data(), slot.staged_input.data(), slot.frames);
        device_.copy(Queue::upload, slot.sequences.data(), slot.staged_sequences.data(), slot.pieces.size());
        device_.copy(Queue::upload, slot.blocks.data(), slot.staged_blocks.data(), slot.block_count);
        device_.wait(lanes_[lane].queue, device_.record(Queue::upload));
        compute(slot, lanes_[lane], lanes_[1 - lane]);
        device_.wait(Queue::download, device_.record(lanes_[lane].queue));
        device_.copy(Queue::download, slot.staged_output.data(), slot.output.data(), slot.frames);
        slot.downloaded = device_.record(Queue::download);
        // On a thread of its own: this one has the next round to fill in the meantime.
        slot.handed_over = std::async(std::launch::async, [this, &slot] { hand_over(slot); });
    }

    /// Where the first piece goes on, the one before it, alone in the round before and on the other lane,
    /// leaves its states layer by layer.
    void compute(Slot& slot, Lane& lane, Lane& before) {
        if (slot.begins_anew && !before.folded.empty())
            device_.wait(lane.queue, before.folded.back()); // it may still read what is written here
        const std::size_t kept = slot.begins_anew ? 0 : 1;
        device_.copy(lane.queue, lane.carry.data() + kept * state_size_, rest_.data() + kept * state_size_,
                     (slot.pieces.size() - kept) * state_size_);
        lane.folded.clear();
        for (int layer = 0; layer < layout_.layers; ++layer) {
            StackEnds ends;
            if (layer == 0) {
                ends.input = slot.input.data();
                ends.encoder = coefficients_.data() + layout_.encoder();
                ends.input_scale = input_scale_;
            }
            device_.template launch<LayerEndStates<Channels, Modes>>(
                slot.block_count,
                {layout_, layer, segment_frames_, coefficients_.data(), slot.sequences.data(),
                 slot.blocks.data(), lane.x.data(), lane.states.data(), ends},
                lane.queue);
            if (!slot.begins_anew)
                device_.wait(lane.queue, before.folded[std::size_t(layer)]);
            device_.template launch<FoldStates<Channels>>(
                FoldStates<Channels>::blocks(slot.pieces.size(), layout_),
                {layout_, layer, segment_frames_, coefficients_.data(), slot.sequences.data(),
                 lane.states.data(), lane.carry.data(), slot.begins_anew ? nullptr : before.carry.data()},
                lane.queue);
            lane.folded.push_back(device_.record(lane.queue));
            if (layer == layout_.layers - 1) {
                ends.output = slot.output.data();
                ends.decoder = coefficients_.data() + layout_.decoder();
                ends.decoder_bias = decoder_bias_;
                ends.output_scale = output_scale_;
            }
            device_.template launch<LayerOutput<Channels, Modes, false>>(
                slot.block_count,
                {layout_, layer, segment_frames_, coefficients_.data(), slot.sequences.data(),
                 slot.blocks.data(), lane.states.data(), lane.x.data(), lane.x.data(), nullptr, nullptr,
                 nullptr, ends},
                lane.queue);
        }
    }

    /// Waits for what a round brings, and takes it to where it belongs.
    void hand_over(Slot& slot) {
        device_.finish(slot.downloaded);
        const float* from = slot.staged_output.data();
        for (const Piece& piece : slot.pieces) {
            copy_with_threads(from, piece.frames, piece.output);
            from += piece.frames;
        }
    }

    void collect(Slot& slot, void (*progress)(void*, std::size_t), void* context) {
        if (slot.pieces.empty())
            return;
        slot.handed_over.get();
        slot.pieces.clear();
        if (progress != nullptr)
            progress(context, slot.frames);
    }

    Device device_;
    StackLayout layout_;
    int segment_frames_;
    std::size_t round_frames_;
    float input_scale_, output_scale_, decoder_bias_;
    std::size_t state_size_;
    typename Device::template Array<float> coefficients_;
    typename Device::template Array<double> rest_; ///< the states at rest, for every sequence
    Lane lanes_[2];
    Slot slots_[slot_count];
};

} // namespace continuo::parallel
