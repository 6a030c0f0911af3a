// The part of scan_speed that times the selective scan (S6) on a GPU, forwards and backwards.
#include "tests/benchmarks/gpu_timer.h"
#include "tests/benchmarks/scan_speed.h"

#include "models/cuda/cuda_device.h"
#include "models/parallel/scan/selective/device_selective_scan.h"
#include "models/parallel/scan/selective/reference_selective_scan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace scan_speed {

namespace {

using namespace continuo::parallel;
using Queue = CudaDevice::Queue;

template <class T>
std::vector<T> to_host(CudaDevice& device, const CudaDevice::Array<T>& from) {
    std::vector<T> to(from.size());
    device.copy(Queue::compute, to.data(), from.data(), to.size());
    check(cudaStreamSynchronize(device.stream(Queue::compute)), "cudaStreamSynchronize");
    return to;
}

template <class T>
CudaDevice::Array<T> to_device(CudaDevice& device, const std::vector<T>& from) {
    CudaDevice::Array<T> to(from.size());
    device.copy(Queue::compute, to.data(), from.data(), from.size());
    check(cudaStreamSynchronize(device.stream(Queue::compute)), "cudaStreamSynchronize");
    return to;
}

/// So many values of `from`, each piece of them beginning elsewhere, so that no two rows are alike, nor two
/// signals whose `first` is far apart.
CudaDevice::Array<float> repeated(CudaDevice& device, const std::vector<float>& from, std::size_t first,
                                  std::size_t count) {
    CudaDevice::Array<float> to(count);
    const std::size_t piece = from.size() - noise_extra;
    for (std::size_t at = 0, i = first; at < count; at += piece, ++i)
        device.copy(Queue::compute, to.data() + at, from.data() + noise_offset(i),
                    std::min(piece, count - at));
    check(cudaStreamSynchronize(device.stream(Queue::compute)), "cudaStreamSynchronize");
    return to;
}

/// A selective layer on the GPU: time constants from 1 ms to 10 s at 48 kHz, speeds from 1/4 to 4, everything
/// else noise.
struct Layer {
    Layer(CudaDevice& device, const SelectiveShape& of, const std::vector<float>& noise)
        : shape(of), host_decay(decays(of)), decay(to_device(device, host_decay)),
          delta(repeated(device, speeds(noise), 0, of.samples())),
          u(repeated(device, noise, 17, of.samples())),
          output_gradient(repeated(device, noise, 34, of.samples())),
          input(repeated(device, noise, 51, of.selections())),
          readout(repeated(device, noise, 68, of.selections())), y(of.samples()), by_u(of.samples()),
          by_delta(of.samples()), by_input(of.selections()), by_readout(of.selections()),
          by_decay(host_decay.size()) {}

    SelectiveInput in() const {
        return {decay.data(), delta.data(), u.data(), input.data(), readout.data(), nullptr};
    }
    SelectiveForward forward() const { return {in(), y.data(), nullptr}; }
    SelectiveBackward backward() const {
        return {in(),
                output_gradient.data(),
                nullptr,
                by_u.data(),
                by_delta.data(),
                by_input.data(),
                by_readout.data(),
                by_decay.data(),
                nullptr};
    }

    SelectiveShape shape;
    std::vector<float> host_decay;
    CudaDevice::Array<float> decay, delta, u, output_gradient, input, readout;
    CudaDevice::Array<float> y, by_u, by_delta, by_input, by_readout;
    CudaDevice::Array<double> by_decay;

  private:
    static std::vector<float> decays(const SelectiveShape& shape) {
        std::mt19937 random(7);
        std::uniform_real_distribution<double> uniform;
        std::vector<float> values(shape.channels * shape.modes);
        for (float& value : values)
            value = float(-1.0 / (1e-3 * std::pow(1e4, uniform(random))));
        return values;
    }
    static std::vector<float> speeds(const std::vector<float>& noise) {
        std::vector<float> values(noise.size());
        std::transform(noise.begin(), noise.end(), values.begin(),
                       [](float value) { return float(std::exp(1.4 * double(value)) / 48000.0); });
        return values;
    }
};

template <class T>
double error(CudaDevice& device, const CudaDevice::Array<T>& found, const std::vector<T>& expected) {
    double difference = 0.0, power = 0.0;
    const std::vector<T> values = to_host(device, found);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        difference += std::pow(double(values[i]) - double(expected[i]), 2.0);
        power += double(expected[i]) * double(expected[i]);
    }
    return 10.0 * std::log10(difference / power);
}

/// dB relative to double of the output, and of the derivative that is furthest off, over few samples.
template <int Modes>
std::pair<double, double> errors(CudaDevice& device, DeviceSelectiveScan<CudaDevice, Modes>& scan,
                                 const SelectiveShape& shape, const std::vector<float>& noise) {
    const Layer layer(device, shape, noise);
    scan.forward(shape, layer.forward());
    scan.backward(shape, layer.backward());
    const std::vector<float> delta = to_host(device, layer.delta), u = to_host(device, layer.u),
                             dy = to_host(device, layer.output_gradient),
                             input = to_host(device, layer.input), readout = to_host(device, layer.readout);
    const SelectiveInput in{layer.host_decay.data(), delta.data(), u.data(), input.data(),
                            readout.data(),          nullptr};
    std::vector<double> y(shape.samples()), by_decay(layer.host_decay.size());
    std::vector<float> by_u(u.size()), by_delta(u.size()), by_input(input.size()), by_readout(input.size());
    reference_selective_forward(shape, {in, nullptr, nullptr}, y.data());
    reference_selective_backward(shape, {in, dy.data(), nullptr, by_u.data(), by_delta.data(),
                                         by_input.data(), by_readout.data(), by_decay.data(), nullptr});
    const double worst =
        std::max({error(device, layer.by_u, by_u), error(device, layer.by_delta, by_delta),
                  error(device, layer.by_input, by_input), error(device, layer.by_readout, by_readout),
                  error(device, layer.by_decay, by_decay)});
    return {decibels(to_host(device, layer.y).data(), y), worst};
}

template <int Modes>
void measure(const Case& one, std::size_t repetitions, std::vector<Row>& rows) {
    const SelectiveShape shape{one.shape.batch, one.shape.channels, one.shape.frames, one.shape.modes};
    CudaDevice device;
    DeviceSelectiveScan<CudaDevice, Modes> scan(device);
    const auto [forward_error, backward_error] =
        errors(device, scan, {1, shape.channels, 20000, shape.modes}, *one.noise);
    const Layer layer(device, shape, *one.noise);
    const auto add = [&](const char* direction, std::vector<double> times, double decibels) {
        const double each = 1e12 / double(shape.samples()), middle = median(times) * each;
        rows.push_back({"CUDA, selective", direction, one.shape, middle, times.front() * each, decibels});
    };
    Timer timer(device.stream(Queue::compute));
    add("S6 forward", timer(repetitions, [&](std::size_t) { scan.forward(shape, layer.forward()); }),
        forward_error);
    add("S6 backward", timer(repetitions, [&](std::size_t) { scan.backward(shape, layer.backward()); }),
        backward_error);
}

} // namespace

void measure_selective_gpu(const Case& one, std::size_t repetitions, std::vector<Row>& rows) {
    if (one.shape.modes <= 4)
        measure<4>(one, repetitions, rows);
    else if (one.shape.modes <= 8)
        measure<8>(one, repetitions, rows);
    else
        measure<16>(one, repetitions, rows);
}

} // namespace scan_speed
