#pragma once

#include "dsp/gain/gain_parameters.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::operations {

/// The flat vector that a gain model is learned in: every tensor in the order of for_each_gain_tensor(),
/// times and poles by their logarithms, so that none can become negative and all move by like factors.
/// [main-thread] All of these allocate.

/// Where each value of a model lies in the vector.
dsp::GainTensors<std::size_t> gain_positions(const dsp::GainShape& shape);

/// The vector of a model.
std::vector<double> gain_to_learned(const dsp::GainParameters& gain);

/// The model of a vector, in double. \param values  parameter_count(shape) of them
dsp::GainTensors<double> gain_from_learned(const dsp::GainShape& shape, std::span<const double> values);

/// The model of a vector, rounded to what a file holds: shape, rate and scale stay.
void round_gain(std::span<const double> values, dsp::GainParameters& gain);

/// Between which ends each value may move: time constants that a period can resolve and a recording can show,
/// poles from 1 Hz to below half of the sample rate.
struct GainBounds {
    std::vector<double> lowest, highest;
};
GainBounds gain_bounds(const dsp::GainShape& shape, double sample_rate);

} // namespace continuo::operations
