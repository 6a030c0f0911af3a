#pragma once

#include "dsp/stack_parameters.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace continuo {

/// A penalty on large weights, weight · Σ value² over all matrices and read-outs. Of the many models that fit
/// a recording equally well it prefers the one with the smallest weights, which goes on more smoothly where
/// the recording has no example: at levels above its loudest.
class WeightDecay {
  public:
    /// [main-thread] Allocates. \param weight  ≥ 0, of the sum of squares in the loss
    WeightDecay(const dsp::StackShape& shape, double weight);

    /// The penalty at `values` (ParameterLayout order); adds its derivative to `gradient`.
    /// [any-thread] Allocates nothing.
    double add(std::span<const double> values, std::span<double> gradient) const;

  private:
    double weight_;
    std::vector<std::pair<std::size_t, std::size_t>> ranges_; ///< first value and the one after the last
};

} // namespace continuo
