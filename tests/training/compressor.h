#pragma once

#include "dsp/gain/streaming_gain.h"
#include "models/training/data_set.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

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

/// Tones and noise through a compressor that holds the peaks of the gain reduction in dB, sample by sample,
/// lets them go in 0.3 s and smooths them over 10 ms: ratio 8 above −34 dB full scale, with a corner for a
/// knee. Source: Giannoulis, Massberg and Reiss 2012, "Digital dynamic range compressor design", equation 17
/// (smooth, decoupled).
inline Recording peak_compressed(std::size_t frames, unsigned seed) {
    Recording recording;
    recording.name = "peak compressor " + std::to_string(seed);
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    const double release = std::exp(-1.0 / (0.3 * compressor_rate)),
                 attack = std::exp(-1.0 / (0.01 * compressor_rate));
    double held = 0.0, smooth = 0.0, phase = 0.0, frequency = 0.1;
    float level = 0.1f;
    for (std::size_t t = 0; t < frames; ++t) {
        if (t % 2400 == 0) {
            level = 0.5f * std::pow(10.0f, -1.5f * std::generate_canonical<float, 24>(random));
            frequency = 0.02 + 1.5 * std::generate_canonical<double, 53>(random);
        }
        phase += frequency;
        const float dry = level * (0.7f * float(std::sin(phase)) + 0.2f * normal(random));
        const double over = std::max(0.0, std::log(std::abs(double(dry)) + 1e-9) + 3.9) * (1.0 - 1.0 / 8.0);
        held = std::max(over, release * held + (1.0 - release) * over);
        smooth = attack * smooth + (1.0 - attack) * held;
        recording.dry.push_back(dry);
        recording.wet.push_back(float(std::exp(-smooth)) * dry);
    }
    return recording;
}

/// Recordings of 4 s at these settings of the threshold; one without a knob where there are none.
inline DataSet compressor_data(const std::vector<float>& knobs) {
    DataSet data;
    data.sample_rate = compressor_rate;
    if (!knobs.empty())
        data.knob_names = {"threshold"};
    for (std::size_t i = 0; i < std::max<std::size_t>(1, knobs.size()); ++i) {
        data.recordings.push_back(compressed(48000, unsigned(i + 1), knobs.empty() ? 0.3f : knobs[i]));
        if (!knobs.empty())
            data.recordings.back().knobs = {knobs[i]};
    }
    return data;
}

/// `Parameters`: of the families gain and selective.
template <typename Parameters>
double esr_on(const Parameters& model, const Recording& recording, std::vector<float> knobs) {
    dsp::GainStream<decltype(model.shape)> stream(model, compressor_rate);
    stream.reset(knobs);
    std::vector<float> output(recording.dry.size());
    stream.process(recording.dry.data(), output.data(), output.size());
    double error = 0.0, energy = 0.0;
    for (std::size_t t = 0; t < output.size(); ++t) {
        error += std::pow(double(output[t]) - double(recording.wet[t]), 2.0);
        energy += std::pow(double(recording.wet[t]), 2.0);
    }
    return error / energy;
}

} // namespace continuo::tests
