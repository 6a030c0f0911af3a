#pragma once

#include "dsp/gain/gain_parameters.h"
#include "models/training/data_set.h"
#include "models/training/gain_pursuit.h"

#include <cstdint>

namespace continuo {

/// A gain model to start training from: a guess of the paths from level to gain, one per channel, with a
/// little chance in everything else and no colouring. [main-thread] Allocates.
/// \param input_scale  of the level bank. \param guess  of at most as many paths as there are channels
dsp::GainParameters initial_gain(const dsp::GainShape& shape, double sample_rate, double input_scale,
                                 const GainGuess& guess, std::uint64_t seed);

/// What makes the training audio 1 rms. [main-thread] Throws BadInput where it is silent, or what came out.
double measure_input_scale(const ResolvedDataSet& data);

} // namespace continuo
