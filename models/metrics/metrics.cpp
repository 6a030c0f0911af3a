#include "models/metrics/metrics.h"

#include "models/metrics/mr_stft.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include <ebur128.h>

namespace continuo {

namespace {

constexpr double pre_emphasis = 0.85;
constexpr double absolute_gate_lufs = -70.0; // ITU-R BS.1770-4, annex 1
constexpr double gating_block_seconds = 0.4;

void require_equal_lengths(std::span<const float> one, std::span<const float> other) {
    if (one.size() != other.size())
        throw std::invalid_argument("signals to compare differ in length: " + std::to_string(one.size()) +
                                    " and " + std::to_string(other.size()) + " frames");
}

void require_finite(std::span<const float> samples, const char* what) {
    const auto bad = std::find_if(samples.begin(), samples.end(), [](float x) { return !std::isfinite(x); });
    if (bad != samples.end())
        throw std::invalid_argument(std::string("sample ") + std::to_string(bad - samples.begin()) +
                                    " of the " + what + " is not a finite number");
}

double ratio_to_signal(double error_energy, double signal_energy, std::size_t frames) {
    if (frames == 0)
        return 0.0;
    return error_energy / std::max(signal_energy, static_cast<double>(frames) * silence_rms * silence_rms);
}

// Error-to-signal ratio behind 1 − coefficient · z⁻¹.
double filtered_esr(std::span<const float> target, std::span<const float> output, double coefficient) {
    require_equal_lengths(target, output);
    double error_energy = 0.0, signal_energy = 0.0, previous_error = 0.0, previous_signal = 0.0;
    for (std::size_t t = 0; t < target.size(); ++t) {
        const double signal = target[t], error = signal - output[t];
        const double filtered_signal = signal - coefficient * previous_signal;
        const double filtered_error = error - coefficient * previous_error;
        signal_energy += filtered_signal * filtered_signal;
        error_energy += filtered_error * filtered_error;
        previous_signal = signal;
        previous_error = error;
    }
    return ratio_to_signal(error_energy, signal_energy, target.size());
}

struct DestroyLoudnessState {
    void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};

} // namespace

double esr(std::span<const float> target, std::span<const float> output) {
    return filtered_esr(target, output, 0.0);
}

double esr_pre_emphasis(std::span<const float> target, std::span<const float> output) {
    return filtered_esr(target, output, pre_emphasis);
}

double best_fixed_gain(std::span<const float> dry, std::span<const float> target) {
    require_equal_lengths(dry, target);
    double product = 0.0, energy = 0.0;
    for (std::size_t t = 0; t < dry.size(); ++t) {
        product += static_cast<double>(dry[t]) * target[t];
        energy += static_cast<double>(dry[t]) * dry[t];
    }
    return energy > 0.0 ? product / energy : 0.0;
}

double esr_fixed_gain(std::span<const float> dry, std::span<const float> target) {
    const double gain = best_fixed_gain(dry, target);
    double error_energy = 0.0, signal_energy = 0.0;
    for (std::size_t t = 0; t < dry.size(); ++t) {
        const double error = target[t] - gain * dry[t];
        error_energy += error * error;
        signal_energy += static_cast<double>(target[t]) * target[t];
    }
    return ratio_to_signal(error_energy, signal_energy, dry.size());
}

double mean_absolute_error(std::span<const float> target, std::span<const float> output) {
    require_equal_lengths(target, output);
    double sum = 0.0;
    for (std::size_t t = 0; t < target.size(); ++t)
        sum += std::abs(static_cast<double>(target[t]) - output[t]);
    return target.empty() ? 0.0 : sum / static_cast<double>(target.size());
}

double loudness_lufs(std::span<const float> samples, double sample_rate) {
    if (!(sample_rate >= 16.0 && sample_rate <= 2822400.0))
        throw std::invalid_argument("loudness needs a sample rate from 16 Hz to 2822400 Hz");
    const auto rate = static_cast<unsigned long>(std::lround(sample_rate));
    const std::unique_ptr<ebur128_state, DestroyLoudnessState> state(ebur128_init(1, rate, EBUR128_MODE_I));
    if (!state)
        throw std::bad_alloc();
    if (ebur128_add_frames_float(state.get(), samples.data(), samples.size()) != EBUR128_SUCCESS)
        throw std::bad_alloc();
    const auto block = static_cast<std::size_t>(std::ceil(gating_block_seconds * sample_rate));
    if (samples.size() < block) {
        const std::vector<float> silence(block - samples.size());
        ebur128_add_frames_float(state.get(), silence.data(), silence.size());
    }
    double loudness = 0.0;
    if (ebur128_loudness_global(state.get(), &loudness) != EBUR128_SUCCESS)
        throw std::bad_alloc();
    return std::max(loudness, absolute_gate_lufs);
}

Metrics evaluate_metrics(std::span<const float> dry, std::span<const float> target,
                         std::span<const float> output, double sample_rate) {
    require_equal_lengths(dry, target);
    require_equal_lengths(target, output);
    require_finite(dry, "dry signal");
    require_finite(target, "target");
    require_finite(output, "output");
    Metrics metrics;
    metrics.esr = esr(target, output);
    metrics.esr_pre_emphasis = esr_pre_emphasis(target, output);
    metrics.esr_fixed_gain = esr_fixed_gain(dry, target);
    metrics.mae = mean_absolute_error(target, output);
    metrics.mr_stft = mr_stft_distance(target, output);
    metrics.loudness_difference_lu = loudness_lufs(output, sample_rate) - loudness_lufs(target, sample_rate);
    metrics.frames = target.size();
    metrics.sample_rate = sample_rate;
    return metrics;
}

} // namespace continuo
