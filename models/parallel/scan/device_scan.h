#pragma once

#include "models/parallel/scan/kernels/make_scan_tables.h"
#include "models/parallel/scan/kernels/scan_begin.h"
#include "models/parallel/scan/kernels/scan_rows.h"
#include "models/parallel/scan/resident_launch.h"
#include "models/parallel/scan/scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace continuo::parallel {

/// The scan on a device, in one pass, between buffers that are there already. What it queues runs after what
/// was queued before, and nobody waits for it. [main-thread]
///
/// \tparam Device  ThreadDevice or CudaDevice
/// \tparam Modes   of the kernels, 8 or 16, at least the model's
template <class Device, int Modes>
class DeviceScan {
  public:
    /// \param group_tiles  tiles in a group of LookBack, from 1 to ScanTile::group; decides the bits
    DeviceScan(Device& device, std::size_t channels, std::size_t modes, int group_tiles = ScanTile::group)
        : device_(device), channels_(int(channels)), modes_(int(modes)), group_tiles_(group_tiles),
          resident_(Resident::template most_blocks<ScanRows<Modes>>()), model_(4 * channels * modes),
          staged_(4 * channels * modes), tables_(channels * std::size_t(ScanTables<Modes>::floats)) {
        if (modes == 0 || modes > std::size_t(Modes))
            throw std::invalid_argument("this kernel is for another number of modes");
        if (group_tiles < 1 || group_tiles > ScanTile::group)
            throw std::invalid_argument("a group of so many tiles");
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
    /// there are no samples, or more than 2³¹ tiles.
    void forward(std::size_t batch, std::size_t frames, const ScanForward& scan) {
        const std::size_t tiles = (frames + ScanTile::samples - 1) / ScanTile::samples;
        const std::size_t groups = (tiles + std::size_t(group_tiles_) - 1) / std::size_t(group_tiles_);
        const std::size_t rows = batch * std::size_t(channels_), starts = rows * groups * Modes,
                          ends = rows * tiles * Modes;
        if (tiles == 0 || batch == 0 || tiles * batch > std::size_t(std::numeric_limits<int>::max()) / 2)
            throw std::invalid_argument("a scan over no samples, or too many");
        if (published_.size() < starts + ends)
            published_ = typename Device::template Array<Complex>(starts + ends);
        if (scan.final != nullptr && remainders_.size() < rows * Modes)
            remainders_ = typename Device::template Array<ScanRemainder>(rows * Modes);
        const typename ScanBegin<Modes>::Arguments begin{
            std::int64_t(starts), std::int64_t(ends), channels_,    modes_,
            int(groups),          tables_.data(),     scan.initial, published_.data()};
        device_.template launch<ScanBegin<Modes>>(ScanBegin<Modes>::blocks(begin), begin);
        const bool vectors = frames % 4 == 0 && aligned(scan.u) && aligned(scan.y);
        for (std::size_t first = 0; first < std::size_t(channels_); first += resident_) {
            const std::size_t channels = std::min(std::size_t(channels_) - first, resident_);
            const std::size_t blocks = std::min(resident_ / channels, tiles * batch);
            Resident::template run<ScanRows<Modes>>(
                device_, blocks * channels,
                {std::int64_t(frames), int(batch), channels_, int(first), int(channels), int(tiles),
                 group_tiles_, int(groups), int(blocks), vectors, tables_.data(), scan.u, published_.data(),
                 published_.data() + starts, scan.y, scan.final != nullptr ? remainders_.data() : nullptr});
        }
        const typename ScanEnd<Modes>::Arguments end{
            std::int64_t(frames), int(rows), channels_,          modes_,    value(0), value(1),
            tables_.data(),       scan.u,    remainders_.data(), scan.final};
        if (scan.final != nullptr)
            device_.template launch<ScanEnd<Modes>>(ScanEnd<Modes>::blocks(end), end);
    }

  private:
    using Queue = typename Device::Queue;
    using Resident = ResidentLaunch<Device>;

    const float* value(int which) const { return model_.data() + which * channels_ * modes_; }
    static bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

    Device& device_;
    int channels_, modes_, group_tiles_;
    std::size_t resident_; ///< blocks that run at the same time
    typename Device::template Array<float> model_;
    typename Device::template Staging<float> staged_;
    typename Device::template Array<float> tables_;
    typename Device::template Array<Complex> published_; ///< states between tiles
    typename Device::template Array<ScanRemainder> remainders_;
    typename Device::Event staged_free_ = device_.record(Queue::compute);
};

} // namespace continuo::parallel
