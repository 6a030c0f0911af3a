#pragma once

#include "dsp/selective/selective_parameters.h"
#include "models/training/gain_pursuit.h"

#include <cstdint>

namespace continuo {

/// A selective model to start training from: a guess of the paths from level to gain, one per channel, with a
/// little chance in everything else and no colouring. A path's detector and knee are the channel's; the times
/// of its smoother, rising and falling, are the ends between which those of the channel's states lie. Its
/// lag has no place here and is left out.
/// [main-thread] Allocates.
/// \param input_scale  of the level bank. \param guess  of at most as many paths as there are channels
dsp::SelectiveParameters initial_gain(const dsp::SelectiveShape& shape, double sample_rate,
                                      double input_scale, const GainGuess& guess, std::uint64_t seed);

} // namespace continuo
