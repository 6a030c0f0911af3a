#pragma once

#include "models/parallel/gradient_memory.h"
#include "models/parallel/gradient_plan.h"
#include "models/parallel/kernel_size.h"
#include "models/parallel/kernels/encode_sequences.h"
#include "models/parallel/kernels/fold_adjoints.h"
#include "models/parallel/kernels/fold_states.h"
#include "models/parallel/kernels/gate_backward.h"
#include "models/parallel/kernels/layer_end_states.h"
#include "models/parallel/kernels/layer_output.h"
#include "models/parallel/kernels/loss_gradient.h"
#include "models/parallel/kernels/modes_backward.h"
#include "models/parallel/kernels/reduce_sums.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace continuo::parallel {

/// Samples of a round, so that its memory, some 17 floats for each channel of each layer, stays below about
/// 600 MB. A function of the stack alone: the cut decides the bits.
inline std::size_t gradient_round_frames(const StackLayout& layout) {
    return (std::size_t(1) << 25) / std::size_t(layout.layers * layout.channels);
}

/// GradientEngine on a device. The audio stays there. The sequences of a question go through it in rounds; a
/// round whose form has been seen before is one graph, started with new content in its staging memory.
///
/// \tparam Device  ThreadDevice or CudaDevice
/// \tparam Channels, Modes  of the kernels: 8 or 16 channels, those of the layout; at least the stack's modes
template <class Device, int Channels, int Modes>
class StackGradientEngine : public GradientEngine {
  public:
    /// \param round_frames  samples of a round, unless a single sequence is longer
    StackGradientEngine(const GradientSetup& setup, std::size_t round_frames)
        : layout_(setup.layout), sums_{setup.layout}, audio_frames_(setup.frames),
          round_frames_(round_frames),
          state_size_(std::size_t(layout_.layers) * layout_.modes * 2 * Channels),
          dry_(upload(setup.dry, std::size_t(setup.frames))),
          wet_(upload(setup.wet, std::size_t(setup.frames))) {}

    void run(const GradientRequest& request) override {
        expect_possible(request, audio_frames_);
        const std::size_t row_size = std::size_t(sums_.size());
        const int rows = request.row_per_sequence ? request.count : request.settings;
        std::fill_n(request.sums, std::size_t(rows) * row_size, 0.0);
        std::fill_n(request.adjoints, std::size_t(rows) * state_size_, 0.0);
        for (int begin = 0; begin < request.count;) {
            int end = begin;
            for (std::size_t frames = 0; end < request.count; ++end) {
                frames += std::size_t(request.sequences[end].frames);
                if (end > begin && (frames > round_frames_ || end - begin == most_sequences))
                    break;
            }
            round(request, begin, end);
            begin = end;
        }
    }

  private:
    using Plan = GradientPlan<Channels, Modes>;
    using Queue = typename Device::Queue;
    template <class T>
    using Array = typename Device::template Array<T>;
    template <class T>
    using Staging = typename Device::template Staging<T>;
    static constexpr int most_sequences = 1024;
    static constexpr std::size_t most_plans = 32;

    struct Ready {
        Plan plan;
        Array<BlockOfSegments> forward, backward, samples;
        typename Device::Graph graph;
        bool has_run = false;
    };

    /// Sequences [begin, end) of the question.
    void round(const GradientRequest& request, int begin, int end) {
        GradientForm form{{}, padded(request.settings), 0, request.along_signs};
        for (int i = begin; i < end; ++i) {
            form.lengths.push_back(request.sequences[i].frames);
            form.lengths.push_back(request.sequences[i].derived_from);
        }
        form.rows = request.row_per_sequence ? std::size_t(end - begin) : form.settings;
        Ready& ready = ready_for(std::move(form));
        stage(ready.plan, request, begin);
        // The first time as it is: kernels are loaded then, which a graph must not do while it is captured.
        if (ready.has_run && !ready.graph)
            ready.graph = device_.capture([this, &ready] { start(ready); });
        if (ready.graph)
            device_.replay(ready.graph);
        else
            start(ready);
        device_.finish(device_.record(Queue::compute));
        ready.has_run = true;
        collect(ready.plan, request, begin, end);
    }

    /// So many settings as a form knows: a step with one setting less is not another form.
    static std::size_t padded(int settings) {
        std::size_t result = 1;
        while (result < std::size_t(settings))
            result *= 2;
        return result;
    }

    Ready& ready_for(GradientForm form) {
        for (const std::unique_ptr<Ready>& known : plans_)
            if (known->plan.form == form)
                return *known;
        Plan plan(std::move(form), layout_, state_size_);
        try {
            if (memory_.make_room(plan, layout_))
                plans_.clear(); // graphs know where memory was
        } catch (...) {
            plans_.clear(); // some of it may be gone
            throw;
        }
        if (plans_.size() == most_plans)
            plans_.pop_front();
        auto forward = upload(plan.forward.data(), plan.forward.size()),
             backward = upload(plan.backward.data(), plan.backward.size()),
             samples = upload(plan.samples.data(), plan.samples.size());
        plans_.push_back(std::unique_ptr<Ready>(new Ready{
            std::move(plan), std::move(forward), std::move(backward), std::move(samples), {}, false}));
        return *plans_.back();
    }

    template <class T>
    Array<T> upload(const T* values, std::size_t count) {
        Staging<T> staged(count);
        std::copy_n(values, count, staged.data());
        Array<T> array(count);
        device_.copy(Queue::compute, array.data(), staged.data(), count);
        device_.finish(device_.record(Queue::compute));
        return array;
    }

    void stage(const Plan& plan, const GradientRequest& request, int begin) {
        unsigned char* block = memory_.staged.data();
        const std::size_t settings = std::size_t(request.settings);
        std::copy_n(request.coefficients, settings * std::size_t(layout_.size()),
                    placed<float>(block, plan.coefficients));
        std::copy_n(request.decoder_bias, settings, placed<float>(block, plan.decoder_bias));
        std::copy_n(request.rest, settings * state_size_, placed<double>(block, plan.rest));
        Sequence* sequences = placed<Sequence>(block, plan.sequence_table);
        TrainedSequence* trained = placed<TrainedSequence>(block, plan.trained_table);
        SequenceRow* rows = placed<SequenceRow>(block, plan.row_table);
        std::fill_n(rows, plan.form.rows, SequenceRow{0, 0});
        for (std::size_t i = 0; i < plan.sequences; ++i) {
            const GradientSequence& sequence = request.sequences[std::size_t(begin) + i];
            sequences[i] = plan.places[i];
            sequences[i].setting = sequence.setting;
            trained[i] = plan.trained[i];
            trained[i].audio = sequence.first;
            trained[i].seed = sequence.seed;
            trained[i].plain_scale = sequence.plain_scale;
            trained[i].emphasised_scale = sequence.emphasised_scale;
            trained[i].warm_up = sequence.warm_up;
            SequenceRow& row = rows[request.row_per_sequence ? i : std::size_t(sequence.setting)];
            if (row.end == 0)
                row.first = std::int32_t(i);
            row.end = std::int32_t(i + 1);
        }
        trained[plan.sequences] = plan.trained[plan.sequences];
    }

    /// Puts the whole of a round on the device's queue.
    void start(const Ready& ready) {
        const Plan& plan = ready.plan;
        unsigned char *content = memory_.content.data(), *results = memory_.results.data();
        device_.copy(Queue::compute, content, memory_.staged.data(), plan.to_device);
        const float* coefficients = placed<float>(content, plan.coefficients);
        const Sequence* sequences = placed<Sequence>(content, plan.sequence_table);
        const TrainedSequence* trained = placed<TrainedSequence>(content, plan.trained_table);
        const SampleTables samples{sequences, trained, ready.samples.data()};
        const std::size_t sample_blocks = plan.samples.size();
        device_.template launch<EncodeSequences<Channels>>(
            sample_blocks, {layout_, coefficients, placed<double>(content, plan.rest), samples, dry_.data(),
                            memory_.x.data(), memory_.carry.data()});
        for (int layer = 0; layer < layout_.layers; ++layer)
            forward(ready, layer, coefficients, sequences);
        device_.template launch<LossGradient<Channels>>(
            sample_blocks,
            {layout_, coefficients, placed<float>(content, plan.decoder_bias), samples, wet_.data(),
             memory_.x.data() + layout_.layers * plan.frames * Channels, plan.form.along_signs,
             memory_.gradient.data(), memory_.sample_sums.data(), memory_.sample_losses.data()});
        for (int layer = layout_.layers - 1; layer >= 0; --layer)
            backward(ready, layer, coefficients, {sequences, trained, ready.backward.data()});
        device_.template launch<EncoderGradient<Channels>>(
            sample_blocks, {samples, dry_.data(), memory_.gradient.data(), memory_.sample_sums.data()});
        device_.template launch<ReduceSums<Channels>>(
            ReduceSums<Channels>::blocks(plan.sequences, plan.form.rows, layout_),
            {layout_, int(plan.sequences), int(plan.form.rows), placed<SequenceRow>(content, plan.row_table),
             trained, memory_.layer_sums.data(), memory_.sample_sums.data(), memory_.sample_losses.data(),
             memory_.adjoints.data(), placed<double>(results, plan.losses),
             placed<double>(results, plan.sums), placed<double>(results, plan.adjoints)});
        device_.copy(Queue::compute, memory_.staged_results.data(), memory_.results.data(), plan.from_device);
    }

    void forward(const Ready& ready, int layer, const float* coefficients, const Sequence* sequences) {
        const Plan& plan = ready.plan;
        const std::size_t at = std::size_t(layer) * plan.frames * Channels, blocks = plan.forward.size();
        device_.template launch<LayerEndStates<Channels, Modes>>(
            blocks, {layout_, layer, frames_per_segment, coefficients, sequences, ready.forward.data(),
                     memory_.x.data() + at, memory_.states_of(plan, layout_, layer)});
        device_.template launch<FoldStates<Channels>>(FoldStates<Channels>::blocks(plan.sequences, layout_),
                                                      {layout_, layer, frames_per_segment, coefficients,
                                                       sequences, memory_.states_of(plan, layout_, layer),
                                                       memory_.carry.data()});
        device_.template launch<LayerOutput<Channels, Modes, true>>(
            blocks, {layout_, layer, frames_per_segment, coefficients, sequences, ready.forward.data(),
                     memory_.states_of(plan, layout_, layer), memory_.x.data() + at,
                     memory_.x.data() + at + plan.frames * Channels, memory_.activation.data() + at,
                     memory_.sum.data() + at, memory_.gate.data() + at});
    }

    void backward(const Ready& ready, int layer, const float* coefficients, const BackwardTables& tables) {
        const Plan& plan = ready.plan;
        const std::size_t at = std::size_t(layer) * plan.frames * Channels, blocks = plan.backward.size();
        device_.template launch<GateBackward<Channels, Modes>>(
            blocks, {layout_, layer, coefficients, tables, memory_.gradient.data(), memory_.sum.data() + at,
                     memory_.gate.data() + at, memory_.sum_gradient.data(), memory_.adjoint_states.data(),
                     memory_.layer_sums.data()});
        device_.template launch<FoldAdjoints<Channels, Modes>>(
            FoldAdjoints<Channels, Modes>::blocks(plan.sequences, layout_),
            {layout_, layer, coefficients, tables.sequences, tables.trained, memory_.adjoint_states.data(),
             memory_.adjoints.data()});
        device_.template launch<ModesBackward<Channels, Modes>>(
            blocks,
            {layout_, layer, coefficients, tables, memory_.x.data() + at, memory_.activation.data() + at,
             memory_.sum_gradient.data(), memory_.states_of(plan, layout_, layer),
             memory_.adjoint_states.data(), memory_.gradient.data(), memory_.layer_sums.data()});
    }

    /// Adds a round's results to the answer.
    void collect(const Plan& plan, const GradientRequest& request, int begin, int end) {
        unsigned char* block = memory_.staged_results.data();
        std::copy_n(placed<double>(block, plan.losses), plan.sequences, request.losses + begin);
        const auto add = [&](const double* from, double* to, std::size_t row_size) {
            const std::size_t first = request.row_per_sequence ? std::size_t(begin) : 0,
                              rows = std::size_t(request.row_per_sequence ? end - begin : request.settings);
            for (std::size_t i = 0; i < rows * row_size; ++i)
                to[first * row_size + i] += from[i];
        };
        add(placed<double>(block, plan.sums), request.sums, std::size_t(sums_.size()));
        add(placed<double>(block, plan.adjoints), request.adjoints, state_size_);
    }

    Device device_;
    StackLayout layout_;
    CoefficientSumLayout sums_;
    std::int64_t audio_frames_;
    std::size_t round_frames_, state_size_;
    Array<float> dry_, wet_; ///< [time]
    GradientMemory<Device, Channels, Modes> memory_;
    std::deque<std::unique_ptr<Ready>> plans_; ///< oldest first; before what their graphs point to goes
};

/// The engine for a stack's layout, with the smallest kernels that hold it. [main-thread] Throws
/// std::invalid_argument where there are none (fits_parallel() in render_engine.h), std::runtime_error where
/// the device has no memory left. The caller owns it.
template <class Device>
GradientEngine* make_stack_gradient_engine(const GradientSetup& setup, std::size_t round_frames) {
    return with_kernel_size(setup.layout, [&](auto channels, auto modes) -> GradientEngine* {
        return new StackGradientEngine<Device, decltype(channels)::value, decltype(modes)::value>(
            setup, round_frames);
    });
}

} // namespace continuo::parallel
