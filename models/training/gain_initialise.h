#pragma once

#include "dsp/gain/gain_parameters.h"
#include "models/training/data_set.h"

#include <cstdint>

namespace continuo {

/// A gain model to start training from: time constants spread evenly on a logarithmic scale, knees over the
/// levels of music, a little gain reduction, no colouring. [main-thread] Allocates.
/// \param input_scale, gain  measured: of the level bank; ln g at first
dsp::GainParameters initial_gain(const dsp::GainShape& shape, double sample_rate, double input_scale,
                                 double gain, std::uint64_t seed);

/// What makes the training audio 1 rms. [main-thread] Throws BadInput where it is silent, or what came out.
double measure_input_scale(const ResolvedDataSet& data);

/// The logarithm of the fixed gain that comes closest, at least −60 dB. [main-thread]
double measure_log_gain(const ResolvedDataSet& data);

} // namespace continuo
