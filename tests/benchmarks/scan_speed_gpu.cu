// The half of scan_speed that needs CUDA.
#include "tests/benchmarks/gpu_comparators/comparators.h"
#include "tests/benchmarks/gpu_timer.h"
#include "tests/benchmarks/scan_speed.h"

#include "models/cuda/cuda_device.h"
#include "models/parallel/scan/device_scan.h"

#include <algorithm>
#include <limits>
#include <memory>

namespace scan_speed {

namespace {

using continuo::parallel::check;
using continuo::parallel::Complex;
using continuo::parallel::CudaDevice;
using continuo::parallel::DeviceScan;
using Queue = CudaDevice::Queue;

constexpr int segment_tiles = continuo::parallel::scan_tiles_per_segment;
constexpr std::size_t least_bytes = std::size_t(512) << 20; // several times the second-level cache

/// A case's signals on the GPU, as often as it takes to be larger than the cache.
class Signals {
  public:
    Signals(CudaDevice& device, const Case& one) : device_(device), shape_(one.shape) {
        const std::size_t copies =
            std::max<std::size_t>(1, (least_bytes + 8 * shape_.samples() - 1) / (8 * shape_.samples()));
        for (std::size_t i = 0; i < copies; ++i) {
            for (auto* signals : {&u_, &output_gradient_, &y_})
                signals->emplace_back(shape_.samples());
            for (std::size_t row = 0; row < shape_.rows(); ++row)
                device.copy(Queue::compute, u_[i].data() + row * shape_.frames,
                            one.noise->data() + noise_offset(row), shape_.frames);
            device.copy(Queue::compute, output_gradient_[i].data(), u_[i].data(), shape_.samples());
        }
        synchronise();
    }
    const float* u(std::size_t repetition) const { return u_[repetition % u_.size()].data(); }
    const float* output_gradient(std::size_t repetition) const {
        return output_gradient_[repetition % u_.size()].data();
    }
    /// The output, or the input's gradient.
    float* y(std::size_t repetition) const { return y_[repetition % y_.size()].data(); }
    std::vector<float> last_row(std::size_t repetition) const {
        std::vector<float> row(shape_.frames);
        device_.copy(Queue::compute, row.data(), y(repetition) + (shape_.rows() - 1) * shape_.frames,
                     shape_.frames);
        synchronise();
        return row;
    }

  private:
    void synchronise() const {
        check(cudaStreamSynchronize(device_.stream(Queue::compute)), "cudaStreamSynchronize");
    }
    CudaDevice& device_;
    ScanShape shape_;
    std::vector<CudaDevice::Array<float>> u_, output_gradient_, y_;
};

void append(std::vector<Row>& rows, const char* back_end, const char* direction, const Case& one,
            std::vector<double> times, double error) {
    const double each = 1e12 / double(one.shape.samples()), middle = median(times) * each;
    rows.push_back({back_end, direction, one.shape, middle, times.front() * each, error});
}

constexpr const char* three_phases = "CUDA, three phases";
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// One phase of either direction, whose error nobody can say.
template <class Scan, class Phase, class Arguments>
void measure_phase(Timer& timer, Scan& scan, Phase phase, const char* name, const Case& one,
                   const Arguments& arguments, std::size_t repetitions, std::vector<Row>& rows) {
    append(rows, three_phases, name, one,
           timer(repetitions,
                 [&](std::size_t i) { scan.run(phase, one.shape.batch, one.shape.frames, arguments(i)); }),
           unknown);
}

template <int Modes>
void measure_forward(CudaDevice& device, DeviceScan<CudaDevice, Modes>& scan, const Case& one,
                     const Signals& signals, std::size_t repetitions, std::vector<Row>& rows) {
    Timer timer(device.stream(Queue::compute));
    CudaDevice::Array<Complex> final(one.shape.states());
    const auto arguments = [&](std::size_t i) {
        return continuo::parallel::ScanForward{signals.u(i), signals.y(i), nullptr, final.data()};
    };
    const auto times = timer(
        repetitions, [&](std::size_t i) { scan.forward(one.shape.batch, one.shape.frames, arguments(i)); });
    const double error = decibels(signals.last_row(0).data(), one.expected);
    append(rows, three_phases, "forward", one, times, error);
    using Phase = typename DeviceScan<CudaDevice, Modes>::Phase;
    for (const auto& [phase, name] : {std::pair{Phase::end_states, "1 end states"},
                                      std::pair{Phase::fold, "2 fold"}, std::pair{Phase::output, "3 output"}})
        measure_phase(timer, scan, phase, name, one, arguments, repetitions, rows);
    append(rows, three_phases, "0 tables", one,
           timer(repetitions, [&](std::size_t) { scan.prepare(one.model.view(0, one.shape.modes)); }),
           unknown);
}

template <int Modes>
void measure_backward(CudaDevice& device, DeviceScan<CudaDevice, Modes>& scan, const Case& one,
                      const Signals& signals, std::size_t repetitions, std::vector<Row>& rows) {
    const std::size_t count = one.shape.channels * one.shape.modes;
    CudaDevice::Array<double> sums(4 * count);
    CudaDevice::Array<Complex> initial_gradient(one.shape.states());
    Timer timer(device.stream(Queue::compute));
    const auto arguments = [&](std::size_t i) {
        return continuo::parallel::ScanBackward{signals.u(i),
                                                signals.output_gradient(i),
                                                nullptr,
                                                nullptr,
                                                signals.y(i),
                                                sums.data(),
                                                sums.data() + count,
                                                sums.data() + 2 * count,
                                                sums.data() + 3 * count,
                                                initial_gradient.data()};
    };
    const auto times = timer(
        repetitions, [&](std::size_t i) { scan.backward(one.shape.batch, one.shape.frames, arguments(i)); });
    append(rows, three_phases, "backward", one, times,
           decibels(signals.last_row(0).data(), gradient_of_last_row(one, one.shape.frames)));
    using Phase = typename DeviceScan<CudaDevice, Modes>::BackwardPhase;
    for (const auto& [phase, name] :
         {std::pair{Phase::end_states, "b1 states"}, std::pair{Phase::end_adjoints, "b1 adjoints"},
          std::pair{Phase::fold, "b2 folds"}, std::pair{Phase::gradients, "b3 gradients"},
          std::pair{Phase::reduction, "b4 reduction"}})
        measure_phase(timer, scan, phase, name, one, arguments, repetitions, rows);
}

void measure_other_forms(CudaDevice& device, const Case& one, const Signals& signals, std::size_t repetitions,
                         std::vector<Row>& rows) {
    const auto compared = [&](const char* name, const auto& run) {
        Timer timer(device.stream(Queue::compute));
        auto times = timer(repetitions, [&](std::size_t i) { run(signals.u(i), signals.y(i)); });
        append(rows, name, "forward", one, times, decibels(signals.last_row(0).data(), one.expected));
    };
    measure_comparators(device, one.shape, one.model.view(0, one.shape.modes), compared);
}

template <int Modes>
void measure(CudaDevice& device, const Case& one, std::size_t repetitions, std::vector<Row>& rows) {
    const Signals signals(device, one);
    DeviceScan<CudaDevice, Modes> scan(device, one.shape.channels, one.shape.modes, segment_tiles);
    scan.prepare(one.model.view(0, one.shape.modes));
    measure_forward(device, scan, one, signals, repetitions, rows);
    measure_backward(device, scan, one, signals, repetitions, rows);
    measure_other_forms(device, one, signals, repetitions, rows);
}

} // namespace

Gpu open_gpu() {
    Gpu gpu;
    cudaDeviceProp properties{};
    const cudaError_t status = cudaGetDeviceProperties(&properties, 0);
    if (status != cudaSuccess) {
        gpu.reason = cudaGetErrorString(status);
        return gpu;
    }
    gpu.name = properties.name;
    CudaDevice device;
    const std::size_t count = std::size_t(1) << 28;
    CudaDevice::Array<float> from(count), to(count);
    Timer timer(device.stream(Queue::compute));
    auto times = timer(15, [&](std::size_t) { device.copy(Queue::compute, to.data(), from.data(), count); });
    gpu.copy_bandwidth = 8.0 * double(count) / median(times);
    return gpu;
}

void measure_gpu(const Case& one, std::size_t repetitions, std::vector<Row>& rows) {
    CudaDevice device;
    if (one.shape.modes <= 8)
        measure<8>(device, one, repetitions, rows);
    else
        measure<16>(device, one, repetitions, rows);
}

} // namespace scan_speed
