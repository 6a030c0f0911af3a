#include "models/training/gain_initialise.h"

#include "models/common/errors.h"
#include "models/training/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace continuo {

namespace {

// The index-th of `count` numbers spread evenly on a logarithmic scale, somewhere in its own part of it.
double spread(double low, double high, std::size_t index, std::size_t count, Random& random) {
    return low * std::pow(high / low, (double(index) + random.uniform()) / double(count));
}

struct Energies {
    double dry = 0.0, wet = 0.0, both = 0.0, samples = 0.0;
};

Energies energies(const ResolvedDataSet& data) {
    Energies sums;
    for (const ResolvedRecording& part : data.training)
        for (std::size_t t = part.begin; t < part.end; ++t) {
            const double dry = part.source->dry[t], wet = part.source->wet[t];
            sums.dry += dry * dry;
            sums.wet += wet * wet;
            sums.both += dry * wet;
            sums.samples += 1.0;
        }
    return sums;
}

} // namespace

dsp::GainParameters initial_gain(const dsp::GainShape& shape, double sample_rate, double input_scale,
                                 double gain, std::uint64_t seed) {
    Random random(seed);
    dsp::GainParameters start = dsp::make_gain(shape, sample_rate);
    start.input_scale = float(input_scale);
    dsp::GainTensors<float>& to = start.tensors;
    const auto fill = [&random](std::vector<float>& values, double deviation, double mean = 0.0) {
        for (float& value : values)
            value = float(mean + deviation * random.normal());
    };
    for (std::size_t i = 0; i < shape.levels; ++i) {
        to.rise_time[i] = float(spread(5e-4, 0.5, i, shape.levels, random));
        to.fall_time[i] = i % 2 == 0 ? to.rise_time[i] : float(20.0 * to.rise_time[i]);
    }
    for (std::size_t j = 0; j < shape.channels; ++j)
        to.smoothing_time[j] = float(spread(3e-3, 3.0, j, shape.channels, random));
    const double per_level = 1.0 / double(shape.levels);
    fill(to.curve_mixing, 0.5 * per_level, 2.0 * per_level);
    for (float& bias : to.curve_bias)
        bias = float(2.0 * (random.uniform() - 0.2)); // knees from about 8 dB above the rms to 30 dB below
    fill(to.speed_mixing, 0.3 * per_level);
    fill(to.speed_difference, 0.3, 0.5);
    std::fill(to.speed_bias.begin(), to.speed_bias.end(), 0.75f); // φ⁻¹(1)
    fill(to.hidden_mixing, 0.5);
    fill(to.hidden_bias, 0.5);
    fill(to.channel_readout, 0.02, -0.1 / double(shape.channels));
    fill(to.hidden_readout, 0.02);
    to.gain_bias[0] = float(gain);
    to.bend_scale[0] =
        float(std::clamp(input_scale * std::exp(-gain) / 3.0, 0.2, 50.0)); // loud is where it bends
    for (std::size_t n = 0; n < shape.modes; ++n) {
        const double most = 0.3 * sample_rate;
        to.pole_frequency[n] = to.pole_decay[n] =
            float(2.0 * std::numbers::pi * spread(20.0, most, n, shape.modes, random));
    }
    for (auto* knobs : {&to.curve_knobs, &to.speed_knobs, &to.hidden_knobs})
        fill(*knobs, 0.1);
    return start;
}

double measure_input_scale(const ResolvedDataSet& data) {
    const Energies sums = energies(data);
    if (!(sums.dry > 0.0) || !(sums.wet > 0.0))
        throw BadInput("training data", sums.dry > 0.0 ? "the device gave silence" : "what went in is silent",
                       "check the recordings");
    return std::clamp(std::sqrt(sums.samples / sums.dry), 1e-3, 1e5);
}

double measure_log_gain(const ResolvedDataSet& data) {
    const Energies sums = energies(data);
    return std::log(std::max(sums.both / sums.dry, 1e-3));
}

} // namespace continuo
