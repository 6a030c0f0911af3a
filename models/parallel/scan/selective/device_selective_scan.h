#pragma once

#include "models/parallel/scan/selective/kernels/selective_fold.h"
#include "models/parallel/scan/selective/kernels/selective_segment.h"
#include "models/parallel/scan/selective/selective_scan.h"

#include <cstddef>
#include <stdexcept>

namespace continuo::parallel {

/// The selective scan on a device, in three phases, between buffers that are there already. What it queues
/// runs after what was queued before, and nobody waits for it. [main-thread]
///
/// \tparam Device  ThreadDevice or CudaDevice
/// \tparam Modes   of the kernels, 4, 8 or 16, at least the model's
template <class Device, int Modes>
class DeviceSelectiveScan {
  public:
    explicit DeviceSelectiveScan(Device& device) : device_(device) {}

    /// All pointers are to the device's memory. Throws std::invalid_argument where there are no samples, or
    /// too many modes. Allocates where the shape is larger than any before.
    void forward(const SelectiveShape& shape, const SelectiveForward& arguments) {
        if (shape.samples() == 0 || shape.modes == 0 || shape.modes > std::size_t(Modes))
            throw std::invalid_argument("a selective scan over no samples, or over too many modes");
        const SelectiveInput& in = arguments.in;
        const std::size_t segments = (shape.frames + selective_segment_frames - 1) / selective_segment_frames;
        const std::size_t items = shape.rows() * segments;
        if (spans_.size() < items) {
            states_ = typename Device::template Array<double>(items * Modes);
            spans_ = typename Device::template Array<double>(items);
        }
        const int channels = int(shape.channels), modes = int(shape.modes);
        const auto walk = [&](auto body) {
            using Body = decltype(body);
            device_.template launch<Body>((items + Body::threads - 1) / Body::threads,
                                          {std::int64_t(shape.frames), std::int64_t(items), channels, modes,
                                           int(segments), in.decay, in.delta, in.u, in.input, in.readout,
                                           states_.data(), spans_.data(), arguments.y});
        };
        walk(SelectiveSegment<Modes, false>{});
        device_.template launch<SelectiveFold<Modes>>(shape.rows(),
                                                      {channels, modes, int(segments), in.decay, in.initial,
                                                       spans_.data(), states_.data(), arguments.final});
        walk(SelectiveSegment<Modes, true>{});
    }

  private:
    Device& device_;
    typename Device::template Array<double> states_, spans_;
};

} // namespace continuo::parallel
