#pragma once

#include "dsp/gain/families.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::operations {

/// The flat vector that a model of the families gain and selective is learned in (`Shape`, `Parameters`: of
/// either): every tensor in the order of for_each_gain_tensor(),
/// times and poles by their logarithms, so that none can become negative and all move by like factors.
/// [main-thread] All of these allocate.

/// Where each value of a model lies in the vector.
template <typename Shape>
dsp::TensorsOf<Shape, std::size_t> gain_positions(const Shape& shape);

/// The vector of a model.
template <typename Parameters>
std::vector<double> gain_to_learned(const Parameters& model);

/// The model of a vector, in double. \param values  parameter_count(shape) of them
template <typename Shape>
dsp::TensorsOf<Shape, double> gain_from_learned(const Shape& shape, std::span<const double> values);

/// The model of a vector, rounded to what a file holds: shape, rate and scale stay.
template <typename Parameters>
void round_gain(std::span<const double> values, Parameters& model);

/// Between which ends each value may move: time constants that a period can resolve and a recording can show,
/// poles from 1 Hz to below half of the sample rate.
struct GainBounds {
    std::vector<double> lowest, highest;
};
template <typename Shape>
GainBounds gain_bounds(const Shape& shape, double sample_rate);

} // namespace continuo::operations
