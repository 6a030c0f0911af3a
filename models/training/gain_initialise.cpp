#include "models/training/gain_initialise.h"

#include "models/common/errors.h"
#include "models/training/initial_parts.h"
#include "models/training/random.h"

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

struct Energies {
    double dry = 0.0, wet = 0.0, samples = 0.0;
};

Energies energies(const ResolvedDataSet& data) {
    Energies sums;
    for (const ResolvedRecording& part : data.training)
        for (std::size_t t = part.begin; t < part.end; ++t) {
            const double dry = part.source->dry[t], wet = part.source->wet[t];
            sums.dry += dry * dry;
            sums.wet += wet * wet;
            sums.samples += 1.0;
        }
    return sums;
}

} // namespace

dsp::GainParameters initial_gain(const dsp::GainShape& shape, double sample_rate, double input_scale,
                                 const GainGuess& guess, std::uint64_t seed) {
    Random random(seed);
    dsp::GainParameters start = dsp::make_gain(shape, sample_rate);
    start.input_scale = float(input_scale);
    dsp::GainTensors<float>& to = start.tensors;
    const auto fill = [&random](std::vector<float>& values, double deviation, double mean = 0.0) {
        for (float& value : values)
            value = float(mean + deviation * random.normal());
    };
    const double per_level = 1.0 / double(shape.levels);
    fill(to.curve_mixing, 0.1 * per_level);
    fill(to.speed_mixing, 0.1 * per_level);
    fill(to.speed_difference, 0.05);
    std::fill(to.speed_bias.begin(), to.speed_bias.end(), 0.75f); // φ⁻¹(1)
    fill(to.hidden_mixing, 0.5);
    fill(to.hidden_bias, 0.5);
    fill(to.hidden_readout, 0.02);
    std::fill(to.lag_time.begin(), to.lag_time.end(), float(gain_path_short_lag));
    const std::vector<std::size_t> levels = initialise_detectors(to, guess, shape.channels, random);
    for (std::size_t j = 0; j < levels.size(); ++j) {
        const GainPath& path = guess.paths[j];
        to.curve_mixing[j * shape.levels + levels[j]] += float(gain_path_slope);
        to.curve_bias[j] = float(path.knee);
        to.rise_time[j] = float(path.smoothing_rise_time);
        to.fall_time[j] = float(path.smoothing_fall_time);
        to.lag_time[j] = float(path.lag_time);
        to.channel_readout[j] = float(guess.readout[j]);
    }
    initialise_sound(to, guess, input_scale, sample_rate, random);
    fill(to.curve_knobs, 1.0); // a knob that shifts a threshold is not found from nothing
    fill(to.hidden_knobs, 0.1);
    return start;
}

double measure_input_scale(const ResolvedDataSet& data) {
    const Energies sums = energies(data);
    if (!(sums.dry > 0.0) || !(sums.wet > 0.0))
        throw BadInput("training data", sums.dry > 0.0 ? "the device gave silence" : "what went in is silent",
                       "check the recordings");
    return std::clamp(std::sqrt(sums.samples / sums.dry), 1e-3, 1e5);
}

} // namespace continuo
