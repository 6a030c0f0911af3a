#include "models/training/selective_initialise.h"

#include "dsp/gain/gain_curves.h"
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

} // namespace

dsp::SelectiveParameters initial_gain(const dsp::SelectiveShape& shape, double sample_rate,
                                      double input_scale, const GainGuess& guess, std::uint64_t seed) {
    Random random(seed);
    dsp::SelectiveParameters start = dsp::make_selective(shape, sample_rate);
    start.input_scale = float(input_scale);
    dsp::SelectiveTensors<float>& to = start.tensors;
    const auto fill = [&random](std::vector<float>& values, double deviation, double mean = 0.0) {
        for (float& value : values)
            value = float(mean + deviation * random.normal());
    };
    const double per_level = 1.0 / double(shape.levels), per_state = 1.0 / double(shape.states);
    fill(to.input_mixing, 0.1 * per_level);
    fill(to.speed_mixing, 0.1 * per_level);
    std::fill(to.speed_bias.begin(), to.speed_bias.end(), 0.75f); // φ⁻¹(1)
    // y begins as a mean of the states, but for what makes them differ
    const double written = 1.0, read = per_state / dsp::gate(written);
    fill(to.write_mixing, 0.1 * per_level);
    fill(to.write_bias, 0.1, written);
    fill(to.read_mixing, 0.1 * per_level * per_state);
    fill(to.read_bias, 0.1 * per_state, read / std::sqrt(std::max(0.1, 1.0 - read * read))); // gate⁻¹
    fill(to.hidden_mixing, 0.5);
    fill(to.hidden_bias, 0.5);
    fill(to.hidden_readout, 0.02);
    for (std::size_t i = 0; i < shape.levels; ++i)
        to.level_rise_time[i] = to.level_fall_time[i] = float(spread(5e-4, 0.5, i, shape.levels, random));
    std::vector<double> detectors; // rise times of those that are in use
    for (std::size_t h = 0; h < std::min(guess.paths.size(), shape.channels); ++h) {
        const GainPath& path = guess.paths[h];
        auto level =
            std::size_t(std::find(detectors.begin(), detectors.end(), path.rise_time) - detectors.begin());
        if (level == detectors.size() && level < shape.levels)
            detectors.push_back(path.rise_time);
        level = std::min(level, shape.levels - 1);
        to.level_peak[level] = path.peak ? 1.0f : 0.0f;
        to.level_rise_time[level] = float(path.rise_time);
        to.level_fall_time[level] = float(path.fall_time);
        to.input_mixing[h * shape.levels + level] += float(gain_path_slope);
        to.input_bias[h] = float(path.knee);
        for (std::size_t n = 0; n < shape.states; ++n)
            to.state_time[h * shape.states + n] = float(spread(
                path.smoothing_rise_time / 1.5, path.smoothing_fall_time * 1.5, n, shape.states, random));
        to.channel_readout[h] = float(guess.readout[h]);
    }
    to.gain_bias[0] = float(guess.offset);
    to.direct[0] = float(guess.polarity);
    for (std::size_t k = 0; k < guess.by_knobs.size(); ++k)
        to.gain_knobs[k] = float(guess.by_knobs[k]);
    to.bend_scale[0] = float(std::clamp(input_scale / 3.0, 0.2, 50.0)); // loud is where it bends
    for (std::size_t n = 0; n < shape.modes; ++n)
        to.pole_frequency[n] = to.pole_decay[n] =
            float(2.0 * std::numbers::pi * spread(20.0, 0.3 * sample_rate, n, shape.modes, random));
    fill(to.input_knobs, 1.0); // a knob that shifts a threshold is not found from nothing
    fill(to.speed_knobs, 0.1);
    fill(to.hidden_knobs, 0.1);
    return start;
}

} // namespace continuo
