#pragma once

#include "models/parallel/scan/kernels/make_scan_tables.h"
#include "models/parallel/scan/kernels/reduce_scan_sums.h"
#include "models/parallel/scan/kernels/scan_end_states.h"
#include "models/parallel/scan/kernels/scan_fold.h"
#include "models/parallel/scan/kernels/scan_gradients.h"
#include "models/parallel/scan/kernels/scan_output.h"
#include "models/parallel/scan/scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>

namespace continuo::parallel {

/// The scan on a device, forwards and backwards in three phases each, between buffers that are there already.
/// What it queues runs after what was queued before, and nobody waits for it. [main-thread]
///
/// \tparam Device  ThreadDevice or CudaDevice
/// \tparam Modes   of the kernels, 8 or 16, at least the model's
template <class Device, int Modes>
class DeviceScan {
  public:
    /// \param segment_tiles  tiles of ScanTile::samples in a segment; decides the bits
    DeviceScan(Device& device, std::size_t channels, std::size_t modes, int segment_tiles)
        : device_(device), channels_(int(channels)), modes_(int(modes)), segment_tiles_(segment_tiles),
          model_(4 * channels * modes), staged_(4 * channels * modes),
          tables_(channels * std::size_t(ScanTables<Modes>::floats)) {
        if (modes == 0 || modes > std::size_t(Modes))
            throw std::invalid_argument("this kernel is for another number of modes");
    }

    /// Takes the model and makes its tables.
    void prepare(const ScanCoefficients& model) {
        device_.finish(staged_free_);
        const std::size_t count = std::size_t(channels_) * std::size_t(modes_);
        float* to = staged_.data();
        for (const float* values :
             {model.delta_real, model.delta_imag, model.readout_real, model.readout_imag})
            to = std::copy_n(values, count, to);
        device_.copy(Queue::compute, model_.data(), staged_.data(), 4 * count);
        staged_free_ = device_.record(Queue::compute);
        device_.template launch<MakeScanTables<Modes>>(
            std::size_t(channels_), {modes_, value(0), value(1), value(2), value(3), tables_.data()});
    }

    /// As ScanBackend::forward, with pointers to the device's memory. Throws std::invalid_argument where
    /// there are no samples.
    void forward(std::size_t batch, std::size_t frames, const ScanForward& scan) {
        for (const Phase phase : {Phase::end_states, Phase::fold, Phase::output})
            run(phase, batch, frames, scan);
    }

    enum class Phase { end_states, fold, output };
    /// One phase of forward(), for those who time them.
    void run(Phase phase, std::size_t batch, std::size_t frames, const ScanForward& scan) {
        const Cut cut = cut_rows(batch, frames, {scan.u, scan.y});
        if (phase == Phase::end_states)
            end_states<false>(cut, cut.segments - 1, scan.u, states_.data(), nullptr);
        else if (phase == Phase::fold)
            fold<false>(cut, scan.initial, states_.data());
        else
            device_.template launch<ScanOutput<Modes>>(
                cut.rows * cut.segments,
                {cut.frames, int(cut.rows), channels_, modes_, int(cut.segments), segment_tiles_, cut.vectors,
                 value(0), value(1), tables_.data(), scan.u, states_.data(), scan.y, scan.final});
    }

    /// As ScanBackend::backward, with pointers to the device's memory. Throws std::invalid_argument where
    /// there are no samples.
    void backward(std::size_t batch, std::size_t frames, const ScanBackward& scan) {
        for (const BackwardPhase phase :
             {BackwardPhase::end_states, BackwardPhase::end_adjoints, BackwardPhase::fold,
              BackwardPhase::gradients, BackwardPhase::reduction})
            run(phase, batch, frames, scan);
    }

    enum class BackwardPhase { end_states, end_adjoints, fold, gradients, reduction };
    /// One phase of backward(), for those who time them.
    void run(BackwardPhase phase, std::size_t batch, std::size_t frames, const ScanBackward& scan) {
        const Cut cut = cut_rows(batch, frames, {scan.u, scan.output_gradient, scan.input_gradient});
        const std::size_t blocks = cut.rows * cut.segments;
        make_room(tile_states_, blocks * std::size_t(segment_tiles_ * GradientTile::of_scan_tile) * Modes);
        make_room(adjoints_, blocks * Modes);
        make_room(sums_, blocks * std::size_t(ScanSums<Modes>::count));
        if (phase == BackwardPhase::end_states) {
            end_states<false>(cut, cut.segments, scan.u, states_.data(), tile_states_.data());
        } else if (phase == BackwardPhase::end_adjoints) {
            end_states<true>(cut, cut.segments - 1, scan.output_gradient, adjoints_.data(), nullptr);
        } else if (phase == BackwardPhase::fold) {
            fold<false>(cut, scan.initial, states_.data());
            fold<true>(cut, scan.final_gradient, adjoints_.data());
        } else if (phase == BackwardPhase::gradients) {
            device_.template launch<ScanGradients<Modes>>(blocks, {cut.frames,
                                                                   int(cut.rows),
                                                                   channels_,
                                                                   modes_,
                                                                   int(cut.segments),
                                                                   segment_tiles_,
                                                                   cut.vectors,
                                                                   value(0),
                                                                   value(1),
                                                                   value(2),
                                                                   value(3),
                                                                   tables_.data(),
                                                                   scan.u,
                                                                   scan.output_gradient,
                                                                   states_.data(),
                                                                   tile_states_.data(),
                                                                   adjoints_.data(),
                                                                   scan.final_gradient,
                                                                   scan.input_gradient,
                                                                   scan.initial_gradient,
                                                                   sums_.data()});
        } else {
            device_.template launch<ReduceScanSums<Modes>>(
                std::size_t(channels_),
                {channels_, modes_, int(batch * cut.segments), value(0), value(1), value(2), value(3),
                 sums_.data(), scan.delta_real, scan.delta_imag, scan.readout_real, scan.readout_imag});
        }
    }

  private:
    using Queue = typename Device::Queue;
    template <class T>
    using Array = typename Device::template Array<T>;

    /// How the rows are cut up.
    struct Cut {
        std::int64_t frames;
        std::size_t rows, segments;
        bool vectors; ///< rows begin at multiples of 16 bytes
    };
    Cut cut_rows(std::size_t batch, std::size_t frames, std::initializer_list<const float*> signals) {
        if (frames == 0)
            throw std::invalid_argument("a scan over no samples");
        const std::size_t segment = std::size_t(segment_tiles_) * ScanTile::samples;
        Cut cut{std::int64_t(frames), batch * std::size_t(channels_), (frames + segment - 1) / segment,
                frames % 4 == 0};
        for (const float* signal : signals)
            cut.vectors = cut.vectors && reinterpret_cast<std::uintptr_t>(signal) % 16 == 0;
        make_room(states_, cut.rows * cut.segments * Modes);
        return cut;
    }

    template <class T>
    static void make_room(Array<T>& array, std::size_t count) {
        if (array.size() < count)
            array = Array<T>(count);
    }

    template <bool Backwards>
    void end_states(const Cut& cut, std::size_t segments, const float* signal, Complex* states,
                    Complex* tile_states) {
        device_.template launch<ScanEndStates<Modes, Backwards>>(
            cut.rows * segments,
            {cut.frames, int(cut.rows), channels_, modes_, int(cut.segments), segment_tiles_, cut.vectors,
             value(0), value(1), tables_.data(), signal, states, tile_states});
    }

    template <bool Backwards>
    void fold(const Cut& cut, const Complex* end, Complex* states) {
        device_.template launch<ScanFold<Modes, Backwards>>(
            cut.rows, {cut.frames, channels_, modes_, int(cut.segments), segment_tiles_, value(0), value(1),
                       value(2), value(3), end, states});
    }

    const float* value(int which) const { return model_.data() + which * channels_ * modes_; }

    Device& device_;
    int channels_, modes_, segment_tiles_;
    Array<float> model_;
    typename Device::template Staging<float> staged_;
    Array<float> tables_;
    Array<Complex> states_;
    Array<Complex> tile_states_, adjoints_; // backwards
    Array<double> sums_;
    typename Device::Event staged_free_ = device_.record(Queue::compute);
};

} // namespace continuo::parallel
