#pragma once

// A device simulated for the tests: a drive into a bend that leans to one side, behind a high-pass and in
// front of a low-pass, fed with bursts of noise and decaying tones.
#include "models/training/data_set.h"

#include <cmath>
#include <random>

namespace continuo::tests {

inline Recording simulated_recording(std::size_t frames, unsigned seed, float drive = 3.0f,
                                     double rate = 16000.0) {
    Recording recording;
    recording.name = "simulated " + std::to_string(seed);
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    float noise = 0.0f, high = 0.0f, low = 0.0f;
    for (std::size_t i = 0; i < frames; ++i) {
        const double time = double(i) / rate, beat = std::fmod(time, 0.4);
        noise += 0.3f * (normal(random) - noise);
        const float tone = float(std::sin(2.0 * 3.14159265 * (110.0 + 40.0 * std::floor(time / 0.4)) * time));
        const float dry = float(std::exp(-4.0 * beat)) * (0.2f * noise + 0.4f * tone);
        high += 0.02f * (dry - high);
        const float bent = std::tanh(drive * (dry - high) + 0.3f) - std::tanh(0.3f);
        low += 0.4f * (bent - low);
        recording.dry.push_back(dry);
        recording.wet.push_back(0.7f * low);
    }
    return recording;
}

inline DataSet simulated_data(std::size_t frames = 32000) {
    DataSet data;
    data.sample_rate = 16000.0;
    data.recordings.push_back(simulated_recording(frames, 7));
    return data;
}

} // namespace continuo::tests
