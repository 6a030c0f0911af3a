#pragma once

#include "models/parallel/scan/selective/kernels/selective_checkpoints.h"
#include "models/parallel/scan/selective/kernels/selective_decay_sums.h"
#include "models/parallel/scan/selective/kernels/selective_fold.h"
#include "models/parallel/scan/selective/kernels/selective_gradient.h"
#include "models/parallel/scan/selective/kernels/selective_runs.h"
#include "models/parallel/scan/selective/kernels/selective_segment.h"
#include "models/parallel/scan/selective/selective_scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
        const Sizes sizes(shape);
        const SelectiveInput& in = arguments.in;
        reserve(states_, sizes.segments * shape.rows() * Modes);
        reserve(spans_, sizes.segments * shape.rows());
        const auto walk = [&](auto body) {
            using Body = decltype(body);
            const std::size_t items = shape.rows() * sizes.segments;
            device_.template launch<Body>(
                blocks<Body>(items),
                {std::int64_t(shape.frames), std::int64_t(items), sizes.channels, sizes.modes,
                 int(sizes.segments),
                 shape.frames % 4 == 0 && aligned(in.delta) && aligned(in.u) && aligned(arguments.y),
                 shape.modes % 4 == 0 && aligned(in.input) && aligned(in.readout), in.decay, in.delta, in.u,
                 in.input, in.readout, states_.data(), spans_.data(), arguments.y});
        };
        walk(SelectiveSegment<Modes, false>{});
        fold<false>(shape, sizes, in.decay, in.initial, states_, arguments.final);
        walk(SelectiveSegment<Modes, true>{});
    }

    /// The derivatives, of which all are written and none is read. Pointers, errors and memory as for
    /// forward(), whose states are not needed. Beside a few numbers for each segment it holds a state and an
    /// adjoint for every 16 samples: Modes / 2 bytes for each sample of each channel.
    void backward(const SelectiveShape& shape, const SelectiveBackward& out) {
        using Checkpoints = SelectiveCheckpoints<Modes>;
        using Gradient = SelectiveGradient<Modes>;
        const Sizes sizes(shape);
        const SelectiveInput& in = out.in;
        const std::size_t chunks = divide_up(shape.frames, selective_chunk_frames);
        const std::size_t tiles = divide_up(shape.frames, Gradient::tile_frames);
        const std::size_t shares = shape.batch * tiles, parts = std::min(shares, decay_parts);
        const std::size_t decays = shape.channels * shape.modes;
        reserve(states_, sizes.segments * shape.rows() * Modes);
        reserve(adjoints_, sizes.segments * shape.rows() * Modes);
        reserve(spans_, sizes.segments * shape.rows());
        for (Array<float>* checkpoints : {&chunk_states_, &chunk_adjoints_})
            reserve(*checkpoints, chunks * shape.rows() * Modes);
        for (Array<float>* checkpoints : {&chunk_before_, &chunk_behind_})
            reserve(*checkpoints, chunks * shape.rows());
        reserve(decay_shares_, shares * decays);
        reserve(decay_parts_, parts * decays);

        const std::size_t items = shape.rows() * sizes.segments * std::size_t(Checkpoints::parts);
        device_.template launch<Checkpoints>(
            blocks<Checkpoints>(items),
            {std::int64_t(shape.frames),
             std::int64_t(items),
             sizes.channels,
             sizes.modes,
             int(sizes.segments),
             int(chunks),
             shape.frames % 4 == 0 && aligned(in.delta) && aligned(in.u) && aligned(out.output_gradient),
             shape.modes % 4 == 0 && aligned(in.input) && aligned(in.readout),
             in.decay,
             in.delta,
             in.u,
             in.input,
             in.readout,
             out.output_gradient,
             states_.data(),
             adjoints_.data(),
             spans_.data(),
             chunk_states_.data(),
             chunk_adjoints_.data(),
             chunk_before_.data(),
             chunk_behind_.data()});
        fold<false>(shape, sizes, in.decay, in.initial, states_, nullptr);
        fold<true>(shape, sizes, in.decay, out.final_gradient, adjoints_, out.initial);
        device_.template launch<Gradient>(shares, {std::int64_t(shape.frames),
                                                   sizes.channels,
                                                   sizes.modes,
                                                   int(sizes.segments),
                                                   int(chunks),
                                                   int(tiles),
                                                   in.decay,
                                                   in.delta,
                                                   in.u,
                                                   in.input,
                                                   in.readout,
                                                   out.output_gradient,
                                                   states_.data(),
                                                   adjoints_.data(),
                                                   chunk_states_.data(),
                                                   chunk_adjoints_.data(),
                                                   chunk_before_.data(),
                                                   chunk_behind_.data(),
                                                   out.u,
                                                   out.delta,
                                                   out.input,
                                                   out.readout,
                                                   decay_shares_.data()});
        sum(shares, divide_up(shares, parts), decays, decay_shares_.data(), decay_parts_.data());
        sum(divide_up(shares, divide_up(shares, parts)), parts, decays, decay_parts_.data(), out.decay);
    }

  private:
    template <class T>
    using Array = typename Device::template Array<T>;

    /// Into so many parts at most the shares of dA are cut to be summed.
    static constexpr std::size_t decay_parts = 128;

    static std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
    static bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }
    template <class Body>
    static std::size_t blocks(std::size_t items) {
        return divide_up(items, std::size_t(Body::threads));
    }
    template <class T>
    static void reserve(Array<T>& array, std::size_t count) {
        if (array.size() < count)
            array = Array<T>(count);
    }

    struct Sizes {
        int channels, modes;
        std::size_t segments;

        explicit Sizes(const SelectiveShape& shape)
            : channels(int(shape.channels)), modes(int(shape.modes)),
              segments(divide_up(shape.frames, selective_segment_frames)) {
            if (shape.samples() == 0 || shape.modes == 0 || shape.modes > std::size_t(Modes))
                throw std::invalid_argument("a selective scan over no samples, or over too many modes");
        }
    };

    /// Phase 2: from where segments end if they begin at 0 to where they begin.
    template <bool Adjoints>
    void fold(const SelectiveShape& shape, const Sizes& sizes, const float* decay, const double* initial,
              const Array<double>& states, double* final) {
        const std::size_t runs = divide_up(sizes.segments, selective_run_segments);
        reserve(run_states_, runs * shape.rows() * Modes);
        reserve(run_spans_, runs * shape.rows());
        const auto walk = [&](auto body) {
            using Body = decltype(body);
            const std::size_t items = shape.rows() * runs * Modes;
            device_.template launch<Body>(blocks<Body>(items),
                                          {std::int64_t(items), sizes.channels, sizes.modes,
                                           int(sizes.segments), int(runs), decay, spans_.data(),
                                           states.data(), run_spans_.data(), run_states_.data()});
        };
        walk(SelectiveRuns<Modes, Adjoints, false>{});
        device_.template launch<SelectiveFold<Modes>>(shape.rows(),
                                                      {sizes.channels, sizes.modes, int(runs), decay, initial,
                                                       run_spans_.data(), run_states_.data(), final});
        walk(SelectiveRuns<Modes, Adjoints, true>{});
    }

    /// One stage of the sum of the rows of a table, `each` of them at a time.
    void sum(std::size_t rows, std::size_t each, std::size_t columns, const double* from, double* to) {
        device_.template launch<SelectiveDecaySums>(
            divide_up(rows, each) * SelectiveDecaySums::groups(columns),
            {std::int64_t(rows), std::int64_t(each), int(columns), from, to});
    }

    Device& device_;
    Array<double> states_, adjoints_, spans_, run_states_, run_spans_;
    Array<float> chunk_states_, chunk_adjoints_, chunk_before_, chunk_behind_;
    Array<double> decay_shares_, decay_parts_;
};

} // namespace continuo::parallel
