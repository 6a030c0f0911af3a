#pragma once

#include "tests/benchmarks/gpu_comparators/block_scan.h"
#include "tests/benchmarks/gpu_comparators/fft_convolution.h"

#include <memory>

namespace scan_speed {

/// Sets up what the scan is compared with on a GPU, one after the other, and has each measured by
/// `measure(name, run)`, where run(u, y) queues one pass between the GPU's arrays. [main-thread]
template <class Measure>
void measure_comparators(continuo::parallel::CudaDevice& device, const continuo::parallel::ScanShape& shape,
                         const continuo::parallel::ScanCoefficients& model, const Measure& measure) {
    {
        BlockScan scan(device, shape, model);
        measure("CUDA, block scan", [&](const float* u, float* y) { scan.forward(u, y); });
    }
    const auto convolve = [&](auto convolution) {
        measure("CUDA, FFT convolution", [&](const float* u, float* y) { convolution->forward(u, y); });
    };
    using Device = continuo::parallel::CudaDevice;
    const auto responses = impulse_responses(shape, model, shape.frames);
    if (responses[0].size() <= FftConvolution<Device, 512>::length / 2)
        convolve(std::make_unique<FftConvolution<Device, 512>>(device, shape, responses));
    else
        convolve(std::make_unique<FftConvolution<Device, 2048>>(device, shape, responses));
}

} // namespace scan_speed
