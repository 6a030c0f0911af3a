#pragma once

#include "models/parallel/scan/scan.h"
#include "tests/benchmarks/gpu_comparators/fft_kernels.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace scan_speed {

/// The impulse response h_t = Re Σ_n C'_n λ_n^t of every channel, until every mode has decayed below what a
/// float resolves, or for `most` samples. [any-thread] \return [channel][time], all equally long
inline std::vector<std::vector<float>> impulse_responses(const continuo::parallel::ScanShape& shape,
                                                         const continuo::parallel::ScanCoefficients& model,
                                                         std::size_t most) {
    constexpr double nothing = 0x1p-25;
    double radius = 0.0;
    for (std::size_t i = 0; i < shape.channels * shape.modes; ++i)
        radius = std::max(radius, std::hypot(1.0 + double(model.delta_real[i]), double(model.delta_imag[i])));
    std::size_t length = most;
    if (radius < 1.0 && radius > 0.0)
        length = std::min(most, std::size_t(std::ceil(std::log(nothing) / std::log(radius))) + 1);
    std::vector<std::vector<float>> responses;
    for (std::size_t channel = 0; channel < shape.channels; ++channel) {
        std::vector<double> sum(length);
        for (std::size_t i = channel * shape.modes; i < (channel + 1) * shape.modes; ++i) {
            const double real = 1.0 + double(model.delta_real[i]), imag = double(model.delta_imag[i]);
            double z_real = double(model.readout_real[i]), z_imag = double(model.readout_imag[i]);
            for (double& value : sum) {
                value += z_real;
                const double next = real * z_real - imag * z_imag;
                z_imag = real * z_imag + imag * z_real;
                z_real = next;
            }
        }
        responses.emplace_back(sum.begin(), sum.end());
    }
    return responses;
}

/// The scan as a convolution with its impulse response, from rest: overlap-save with transforms of Size²
/// complex numbers, all of a signal's at a time. [main-thread]
///
/// \tparam Device  ThreadDevice or CudaDevice
template <class Device, int Size>
class FftConvolution {
  public:
    static constexpr int length = Size * Size;

    /// Makes the spectra. Throws std::invalid_argument where the impulse responses are too long for Size.
    ///
    /// \param responses  [channel][time], equally long
    FftConvolution(Device& device, const continuo::parallel::ScanShape& shape,
                   const std::vector<std::vector<float>>& responses)
        : device_(device), channels_(shape.channels), roots_(2 * std::size_t(Size)),
          spectrum_(channels_ * std::size_t(length)) {
        const std::size_t taps = responses[0].size();
        if (taps > std::size_t(length) / 2 + 1)
            throw std::invalid_argument("the impulse response is longer than half of a transform");
        make_roots();
        blocks_.frames = (long long)(shape.frames);
        blocks_.batch = int(shape.batch);
        blocks_.channels = int(channels_);
        blocks_.overlap = int(taps) - 1;
        blocks_.valid = length - blocks_.overlap;
        blocks_.blocks_per_row =
            int((shape.frames + std::size_t(blocks_.valid) - 1) / std::size_t(blocks_.valid));
        transform(responses);
        square_ = Numbers(channels_ * std::size_t(blocks_.pairs()) * std::size_t(length));
    }

    /// \param u, y  [batch][channel][time], the device's; what it queues runs after what was queued before
    void forward(const float* u, float* y) {
        const std::size_t pairs = channels_ * std::size_t(blocks_.pairs());
        device_.template launch<FftColumnsForward<Size>>(pairs * FftColumnsForward<Size>::groups,
                                                         {blocks_, roots(), u, square_.data()});
        device_.template launch<FftRows<Size, true>>(
            pairs * FftRows<Size, true>::groups,
            {blocks_.pairs(), roots(), spectrum_.data(), 1.0f, square_.data()});
        device_.template launch<FftColumnsBackward<Size>>(pairs * FftColumnsBackward<Size>::groups,
                                                          {blocks_, roots(), square_.data(), y});
    }

  private:
    using Numbers = typename Device::template Array<ComplexFloat>;
    using Queue = typename Device::Queue;

    FftRoots roots() const { return {roots_.data(), roots_.data() + Size}; }

    void make_roots() {
        std::vector<ComplexFloat> roots;
        for (const double whole : {double(Size), double(Size) * double(Size)})
            for (int j = 0; j < Size; ++j) {
                const std::complex<double> root = std::polar(1.0, -2.0 * std::acos(-1.0) * double(j) / whole);
                roots.push_back({float(root.real()), float(root.imag())});
            }
        device_.copy(Queue::compute, roots_.data(), roots.data(), roots.size());
        device_.finish(device_.record(Queue::compute));
    }

    /// Every response as a block of its own, the second of its pair missing.
    void transform(const std::vector<std::vector<float>>& responses) {
        const std::size_t taps = responses[0].size();
        typename Device::template Array<float> signal(channels_ * taps);
        for (std::size_t channel = 0; channel < channels_; ++channel)
            device_.copy(Queue::compute, signal.data() + channel * taps, responses[channel].data(), taps);
        FftBlocks blocks{(long long)(taps), 1, int(channels_), 1, 0, length};
        device_.template launch<FftColumnsForward<Size>>(channels_ * FftColumnsForward<Size>::groups,
                                                         {blocks, roots(), signal.data(), spectrum_.data()});
        device_.template launch<FftRows<Size, false>>(
            channels_ * FftRows<Size, false>::groups,
            {1, roots(), nullptr, 1.0f / float(length), spectrum_.data()});
        device_.finish(device_.record(Queue::compute));
    }

    Device& device_;
    std::size_t channels_;
    FftBlocks blocks_{};
    Numbers roots_, spectrum_, square_;
};

} // namespace scan_speed
