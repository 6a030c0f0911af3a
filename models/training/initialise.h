#pragma once

#include "dsp/stack_parameters.h"
#include "models/training/data_set.h"

#include <cstdint>

namespace continuo {

/// A stack to start training from: near the identity, the poles of each channel spread evenly on a
/// logarithmic scale over the audible range. [main-thread] Allocates.
dsp::StackParameters initial_stack(const dsp::StackShape& shape, double sample_rate, std::uint64_t seed,
                                   dsp::Activation activation = dsp::Activation::tanh);

/// Sets the input scale so that the training audio has `input_level` rms inside the model, and the output
/// scale to the rms of what the device gave. Throws BadInput where either is silent. [main-thread]
void measure_scales(const ResolvedDataSet& data, dsp::StackParameters& stack);

} // namespace continuo
