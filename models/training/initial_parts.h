#pragma once

#include "models/training/gain_pursuit.h"
#include "models/training/random.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

// What models of the families gain and selective begin with alike. `Tensors` is dsp::GainTensors<float> or
// dsp::SelectiveTensors<float>, filled with zeros of the right size. [main-thread] Allocates.
namespace continuo {

/// The index-th of `count` numbers spread evenly on a logarithmic scale, somewhere in its own part of it.
inline double spread(double low, double high, std::size_t index, std::size_t count, Random& random) {
    return low * std::pow(high / low, (double(index) + random.uniform()) / double(count));
}

/// Gives the level detectors to the paths of a guess, as many as there are, and the times of the others to
/// chance. \return the detector of each path, at most `channels` of them
template <typename Tensors>
std::vector<std::size_t> initialise_detectors(Tensors& to, const GainGuess& guess, std::size_t channels,
                                              Random& random) {
    const std::size_t levels = to.level_rise_time.size();
    for (std::size_t i = 0; i < levels; ++i)
        to.level_rise_time[i] = to.level_fall_time[i] = float(spread(5e-4, 0.5, i, levels, random));
    std::vector<double> in_use; // their rise times
    std::vector<std::size_t> of_path;
    for (std::size_t j = 0; j < std::min(guess.paths.size(), channels); ++j) {
        const GainPath& path = guess.paths[j];
        auto level = std::size_t(std::find(in_use.begin(), in_use.end(), path.rise_time) - in_use.begin());
        if (level == in_use.size() && level < levels)
            in_use.push_back(path.rise_time);
        level = std::min(level, levels - 1);
        to.level_peak[level] = path.peak ? 1.0f : 0.0f;
        to.level_rise_time[level] = float(path.rise_time);
        to.level_fall_time[level] = float(path.fall_time);
        of_path.push_back(level);
    }
    return of_path;
}

/// The fixed gain of a guess, a colouring that does nothing yet, and a bend where the sound is loud.
/// \param sample_rate  Hz
template <typename Tensors>
void initialise_sound(Tensors& to, const GainGuess& guess, double input_scale, double sample_rate,
                      Random& random) {
    to.gain_bias[0] = float(guess.offset);
    to.direct[0] = float(guess.polarity);
    for (std::size_t k = 0; k < guess.by_knobs.size(); ++k)
        to.gain_knobs[k] = float(guess.by_knobs[k]);
    to.bend_scale[0] = float(std::clamp(input_scale / 3.0, 0.2, 50.0));
    const std::size_t modes = to.pole_decay.size();
    for (std::size_t n = 0; n < modes; ++n)
        to.pole_frequency[n] = to.pole_decay[n] =
            float(2.0 * std::numbers::pi * spread(20.0, 0.3 * sample_rate, n, modes, random));
}

} // namespace continuo
