#include "models/metrics/mr_stft.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <stdexcept>
#include <vector>

#include <unsupported/Eigen/FFT>

namespace continuo {

namespace {

constexpr double least_power = 1e-8;

// Index into a signal whose ends are mirrored without repeating the end samples.
std::size_t mirrored(std::ptrdiff_t index, std::ptrdiff_t length) {
    if (index < 0)
        index = -index;
    if (index >= length)
        index = 2 * (length - 1) - index;
    return static_cast<std::size_t>(index);
}

double distance_at(const StftResolution& resolution, std::span<const float> target,
                   std::span<const float> output) {
    const auto [fft_size, hop, window_size] = resolution;
    std::vector<double> window(window_size);
    for (std::size_t i = 0; i < window_size; ++i)
        window[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) /
                                         static_cast<double>(window_size));

    Eigen::FFT<double> fft;
    std::vector<std::complex<double>> both(fft_size), spectrum(fft_size);
    const auto length = static_cast<std::ptrdiff_t>(target.size());
    const std::size_t frames = target.size() / hop + 1, bins = fft_size / 2 + 1;
    const std::size_t window_begin = (fft_size - window_size) / 2;
    double error_energy = 0.0, target_energy = 0.0, log_difference = 0.0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        // One complex transform serves both real signals.
        const std::ptrdiff_t begin =
            static_cast<std::ptrdiff_t>(frame * hop) - static_cast<std::ptrdiff_t>(fft_size / 2);
        for (std::size_t i = 0; i < window_size; ++i) {
            const std::size_t at = mirrored(begin + static_cast<std::ptrdiff_t>(window_begin + i), length);
            both[window_begin + i] = {window[i] * target[at], window[i] * output[at]};
        }
        fft.fwd(spectrum, both);
        for (std::size_t bin = 0; bin < bins; ++bin) {
            const std::complex<double> positive = spectrum[bin],
                                       negative = std::conj(spectrum[(fft_size - bin) % fft_size]);
            const double y_power = std::max(0.25 * std::norm(positive + negative), least_power);
            const double output_power = std::max(0.25 * std::norm(positive - negative), least_power);
            const double difference = std::sqrt(y_power) - std::sqrt(output_power);
            error_energy += difference * difference;
            target_energy += y_power;
            log_difference += 0.5 * std::abs(std::log(y_power / output_power));
        }
    }
    return std::sqrt(error_energy / target_energy) + log_difference / static_cast<double>(frames * bins);
}

} // namespace

double mr_stft_distance(std::span<const float> target, std::span<const float> output) {
    if (target.size() != output.size())
        throw std::invalid_argument("signals to compare differ in length: " + std::to_string(target.size()) +
                                    " and " + std::to_string(output.size()) + " frames");
    if (target.empty())
        return 0.0;
    // A frame centred on either end reaches half a transform beyond it, which only longer signals can mirror.
    const std::size_t least = mr_stft_resolutions.back().fft / 2 + 1;
    if (target.size() < least) {
        std::vector<float> long_target(target.begin(), target.end()),
            long_output(output.begin(), output.end());
        long_target.resize(least);
        long_output.resize(least);
        return mr_stft_distance(long_target, long_output);
    }
    double sum = 0.0;
    for (const StftResolution& resolution : mr_stft_resolutions)
        sum += distance_at(resolution, target, output);
    return sum / static_cast<double>(mr_stft_resolutions.size());
}

} // namespace continuo
