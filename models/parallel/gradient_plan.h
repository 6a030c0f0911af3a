#pragma once

#include "models/parallel/gradient_engine.h"
#include "models/parallel/kernels/backward_block.h"
#include "models/parallel/kernels/sample_block.h"
#include "models/parallel/kernels/segment_block.h"
#include "models/parallel/packed_block.h"
#include "models/parallel/trained_sequence.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace continuo::parallel {

/// Throws std::invalid_argument for a question that GradientEngine::run() refuses. [any-thread]
inline void expect_possible(const GradientRequest& request, std::int64_t audio_frames) {
    for (int i = 0; i < request.count; ++i) {
        const GradientSequence& sequence = request.sequences[i];
        if (sequence.first < 0 || sequence.frames < 1 || sequence.warm_up < 0 ||
            sequence.warm_up >= sequence.frames || sequence.first + sequence.frames > audio_frames)
            throw std::invalid_argument("a sequence is empty or lies outside the audio");
        if ((sequence.derived_from != 0 && sequence.derived_from != sequence.warm_up) ||
            sequence.derived_from % frames_per_segment != 0)
            throw std::invalid_argument("a sequence's derivative begins inside a segment");
        if (sequence.setting < (i > 0 ? request.sequences[i - 1].setting : 0) ||
            sequence.setting >= request.settings)
            throw std::invalid_argument("the sequences are not in the order of their settings");
    }
}

/// What decides which work a step is: steps with equal forms differ in the content of memory alone.
struct GradientForm {
    std::vector<std::int32_t> lengths; ///< frames and derived_from of each sequence
    std::size_t settings, rows;
    bool along_signs;

    bool operator==(const GradientForm& other) const {
        return lengths == other.lengths && settings == other.settings && rows == other.rows &&
               along_signs == other.along_signs;
    }
};

/// The tables of one form: which block of threads does what, and where things lie in the memory that goes to
/// the device and comes back from it.
///
/// \tparam Channels, Modes  of the kernels
template <int Channels, int Modes>
struct GradientPlan {
    GradientForm form;
    std::size_t sequences = 0, frames = 0;
    std::vector<Sequence> places;         ///< all but the settings
    std::vector<TrainedSequence> trained; ///< the numbers of blocks alone; one more than sequences
    std::vector<BlockOfSegments> forward, backward, samples;
    // offsets in bytes: to the device
    std::size_t coefficients, decoder_bias, rest, sequence_table, trained_table, row_table, to_device;
    // and back
    std::size_t losses, sums, adjoints, from_device;

    /// \param state_size  doubles of the states of all layers
    GradientPlan(GradientForm of, const StackLayout& layout, std::size_t state_size) : form(std::move(of)) {
        sequences = form.lengths.size() / 2;
        for (std::size_t i = 0; i < sequences; ++i) {
            const std::int32_t length = form.lengths[2 * i], derived_from = form.lengths[2 * i + 1];
            places.push_back(
                {std::int64_t(frames), length, std::int32_t(forward.size()), 0, std::int32_t(i)});
            trained.push_back({});
            trained.back().derived_from = derived_from;
            count_blocks(trained.back());
            add_blocks(forward, i, length, SegmentBlock<Channels>::segments * frames_per_segment);
            add_blocks(backward, i, length - derived_from, BackwardBlock<Channels, Modes>::samples);
            add_blocks(samples, i, length, samples_per_block);
            frames += std::size_t(length);
        }
        trained.push_back({});
        count_blocks(trained.back());

        PackedBlock up, down;
        rest = up.place<double>(form.settings * state_size);
        coefficients = up.place<float>(form.settings * std::size_t(layout.size()));
        decoder_bias = up.place<float>(form.settings);
        sequence_table = up.place<Sequence>(sequences);
        trained_table = up.place<TrainedSequence>(sequences + 1);
        row_table = up.place<SequenceRow>(form.rows);
        to_device = up.bytes();
        losses = down.place<double>(sequences);
        sums = down.place<double>(form.rows * std::size_t(CoefficientSumLayout{layout}.size()));
        adjoints = down.place<double>(form.rows * state_size);
        from_device = down.bytes();
    }

  private:
    void count_blocks(TrainedSequence& sequence) const {
        sequence.first_backward_block = std::int32_t(backward.size());
        sequence.first_sample_block = std::int32_t(samples.size());
    }
    static void add_blocks(std::vector<BlockOfSegments>& blocks, std::size_t sequence, std::int32_t length,
                           int samples_of_block) {
        for (std::int32_t index = 0; index * samples_of_block < length; ++index)
            blocks.push_back({std::int32_t(sequence), index});
    }
};

} // namespace continuo::parallel
