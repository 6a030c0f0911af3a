#pragma once

#include "models/capture/excitation.h"
#include "models/capture/plucked_string.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

/// Devices with known delay, for recordings whose right answer is known.
namespace devices {

using Signal = std::vector<float>;

/// Plucked strings alone, without the clicks of the excitation that would make alignment easy.
inline Signal guitar(double seconds, double rate) {
    const Signal whole = continuo::make_excitation(60.0, rate);
    const auto begin = static_cast<std::ptrdiff_t>(20.0 * rate);
    return Signal(whole.begin() + begin, whole.begin() + begin + static_cast<std::ptrdiff_t>(seconds * rate));
}

inline Signal low_pass(Signal x, double corner, double rate) {
    const double a = 1.0 - std::exp(-2.0 * std::numbers::pi * corner / rate);
    double state = 0.0;
    for (float& sample : x)
        sample = static_cast<float>(state += a * (sample - state));
    return x;
}

inline Signal high_pass(Signal x, double corner, double rate) {
    const Signal low = low_pass(x, corner, rate);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] -= low[i];
    return x;
}

inline Signal clip(Signal x, float drive, float level = 0.5f) {
    for (float& sample : x)
        sample = level * std::tanh(drive * sample);
    return x;
}

inline Signal add_noise(Signal x, double amplitude, unsigned seed = 1) {
    continuo::DeterministicRandom random(seed);
    for (float& sample : x)
        sample += static_cast<float>(random.uniform(-amplitude, amplitude));
    return x;
}

/// A high-gain amplifier: bass cut, tanh, tone control, hiss.
inline Signal amplifier(const Signal& x, double rate) {
    return add_noise(low_pass(clip(high_pass(x, 120.0, rate), 60.0f), 2500.0, rate), 0.002);
}

/// The same length: what moves beyond the end is lost, silence moves in.
inline Signal delayed(const Signal& x, std::ptrdiff_t delay) {
    Signal result(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::ptrdiff_t from = static_cast<std::ptrdiff_t>(i) - delay;
        if (from >= 0 && from < static_cast<std::ptrdiff_t>(x.size()))
            result[i] = x[static_cast<std::size_t>(from)];
    }
    return result;
}

inline Signal inverted(Signal x) {
    for (float& sample : x)
        sample = -sample;
    return x;
}

/// As a recorder with a clock slower by `ppm` sees it: windowed-sinc interpolation at times t · (1 − ppm /
/// 10⁶).
inline Signal drifting(const Signal& x, double ppm) {
    Signal result(x.size());
    constexpr int reach = 16;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double t = static_cast<double>(i) * (1.0 - ppm * 1e-6);
        const auto centre = static_cast<std::ptrdiff_t>(std::floor(t));
        double sum = 0.0;
        for (std::ptrdiff_t at = centre - reach + 1; at <= centre + reach; ++at) {
            if (at < 0 || at >= static_cast<std::ptrdiff_t>(x.size()))
                continue;
            const double d = std::numbers::pi * (t - static_cast<double>(at));
            const double sinc = std::abs(d) < 1e-9 ? 1.0 : std::sin(d) / d;
            sum += x[static_cast<std::size_t>(at)] * sinc * (0.5 + 0.5 * std::cos(d / reach));
        }
        result[i] = static_cast<float>(sum);
    }
    return result;
}

} // namespace devices
