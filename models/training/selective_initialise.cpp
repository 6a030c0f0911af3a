#include "models/training/selective_initialise.h"

#include "dsp/gain/gain_curves.h"
#include "models/training/initial_parts.h"
#include "models/training/random.h"

#include <algorithm>
#include <cmath>

namespace continuo {

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
    const std::vector<std::size_t> levels = initialise_detectors(to, guess, shape.channels, random);
    for (std::size_t h = 0; h < levels.size(); ++h) {
        const GainPath& path = guess.paths[h];
        to.input_mixing[h * shape.levels + levels[h]] += float(gain_path_slope);
        to.input_bias[h] = float(path.knee);
        for (std::size_t n = 0; n < shape.states; ++n)
            to.state_time[h * shape.states + n] = float(spread(
                path.smoothing_rise_time / 1.5, path.smoothing_fall_time * 1.5, n, shape.states, random));
        to.channel_readout[h] = float(guess.readout[h]);
    }
    initialise_sound(to, guess, input_scale, sample_rate, random);
    fill(to.input_knobs, 1.0); // a knob that shifts a threshold is not found from nothing
    fill(to.speed_knobs, 0.1);
    fill(to.hidden_knobs, 0.1);
    return start;
}

} // namespace continuo
