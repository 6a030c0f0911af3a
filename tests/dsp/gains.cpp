#include "tests/dsp/gains.h"

#include <random>

namespace continuo::dsp {

GainParameters random_gain(const GainShape& shape, double sample_rate, unsigned seed) {
    GainParameters gain = make_gain(shape, sample_rate);
    enliven(gain, seed);
    return gain;
}

GainParameters plain_compressor(double sample_rate) {
    GainParameters gain = make_gain({1, 1, 1, 1, 1}, sample_rate);
    GainTensors<float>& to = gain.tensors;
    gain.input_scale = 10.0f; // so that the knee lies at level 0
    to.level_rise_time[0] = to.level_fall_time[0] = 0.005f;
    // One unit of level is 4 nepers of rms / 2; the knee's slope there is that of the gain reduction.
    to.curve_mixing[0] = 8.0f;
    to.channel_readout[0] = -0.75f * 2.0f / 8.0f;
    to.rise_time[0] = to.fall_time[0] = 0.2f;
    to.speed_difference[0] = 0.3f;
    to.curve_knobs[0] = 4.0f;
    return gain;
}

GainParameters peak_holder(float peak) {
    GainParameters gain = make_gain({1, 1, 1, 1, 0}, 48000.0);
    GainTensors<float>& to = gain.tensors;
    gain.input_scale = 10.0f;
    to.level_peak[0] = peak;
    to.level_rise_time[0] = to.level_fall_time[0] = 1e-5f;
    to.curve_mixing[0] = 8.0f;
    to.curve_width[0] = 0.05f;
    to.channel_readout[0] = -0.2f;
    to.speed_bias[0] = 0.75f; // so that Δ is 1
    to.rise_time[0] = 1e-5f;
    to.fall_time[0] = 0.5f;
    to.lag_time[0] = 0.02f;
    return gain;
}

std::vector<float> bursts(std::size_t frames, double sample_rate, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> signal(frames);
    const auto part = std::size_t(0.05 * sample_rate);
    for (std::size_t t = 0; t < frames; ++t)
        signal[t] = (t / part % 3 == 0 ? 0.4f : t / part % 3 == 1 ? 0.01f : 0.1f) * normal(random);
    return signal;
}

} // namespace continuo::dsp
