#pragma once

#include "models/parallel/scan/kernels/make_scan_tables.h"
#include "models/parallel/scan/kernels/scan_end_states.h"
#include "models/parallel/scan/kernels/scan_fold.h"
#include "models/parallel/scan/kernels/scan_output.h"
#include "models/parallel/scan/scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace continuo::parallel {

/// The scan on a device, in three phases, between buffers that are there already. What it queues runs after
/// what was queued before, and nobody waits for it. [main-thread]
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
        if (frames == 0)
            throw std::invalid_argument("a scan over no samples");
        const std::size_t segment = std::size_t(segment_tiles_) * ScanTile::samples;
        const std::size_t rows = batch * std::size_t(channels_), segments = (frames + segment - 1) / segment;
        if (states_.size() < rows * segments * Modes)
            states_ = typename Device::template Array<Complex>(rows * segments * Modes);
        const bool vectors = frames % 4 == 0 && aligned(scan.u) && aligned(scan.y);
        if (phase == Phase::end_states)
            device_.template launch<ScanEndStates<Modes>>(rows * (segments - 1),
                                                          {std::int64_t(frames), int(rows), channels_, modes_,
                                                           int(segments), segment_tiles_, vectors, value(0),
                                                           value(1), tables_.data(), scan.u, states_.data()});
        else if (phase == Phase::fold)
            device_.template launch<ScanFold<Modes>>(rows,
                                                     {channels_, modes_, int(segments), segment_tiles_,
                                                      value(0), value(1), scan.initial, states_.data()});
        else
            device_.template launch<ScanOutput<Modes>>(
                rows * segments,
                {std::int64_t(frames), int(rows), channels_, modes_, int(segments), segment_tiles_, vectors,
                 value(0), value(1), tables_.data(), scan.u, states_.data(), scan.y, scan.final});
    }

  private:
    using Queue = typename Device::Queue;

    const float* value(int which) const { return model_.data() + which * channels_ * modes_; }
    static bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

    Device& device_;
    int channels_, modes_, segment_tiles_;
    typename Device::template Array<float> model_;
    typename Device::template Staging<float> staged_;
    typename Device::template Array<float> tables_;
    typename Device::template Array<Complex> states_;
    typename Device::Event staged_free_ = device_.record(Queue::compute);
};

} // namespace continuo::parallel
