#pragma once

#include "models/training/data_set.h"

#include <cmath>
#include <cstddef>
#include <random>
#include <string>

namespace continuo::tests {

inline constexpr double compressor_rate = 12000.0, compressor_attack = 0.005,
                        compressor_release = 0.15; // Hz, s, s

/// Noise at changing levels through a feed-forward compressor whose threshold in dB is a knob: ratio 4.
inline Recording compressed(std::size_t frames, unsigned seed, float knob) {
    Recording recording;
    recording.name = "compressor " + std::to_string(seed);
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    double envelope = 0.0;
    float level = 0.1f;
    for (std::size_t t = 0; t < frames; ++t) {
        if (t % 2400 == 0)
            level = 0.3f * std::pow(10.0f, -1.5f * std::generate_canonical<float, 24>(random));
        const float dry = level * normal(random);
        const double power = double(dry) * double(dry);
        const double time = power > envelope ? compressor_attack : compressor_release;
        envelope += (power - envelope) / (time * compressor_rate);
        const double over = 0.5 * std::log(envelope + 1e-9) - (-3.9 + 1.8 * double(knob));
        const double gain = std::exp(-0.75 * 0.5 * (over + std::sqrt(over * over + 0.1)));
        recording.dry.push_back(dry);
        recording.wet.push_back(float(0.8 * gain) * dry);
    }
    return recording;
}

} // namespace continuo::tests
