#pragma once

#include "dsp/stack_parameters.h"

#include <algorithm>
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
    /// The weight for a model whose ESR is `esr`. What the model does not explain is noise to it, and a prior
    /// weighs against the data as the noise's variance: a model that comes closer may lean more on the
    /// recording. At most `most`, for a model that is still far off.
    ///
    /// [any-thread] Allocates nothing.
    /// \param esr  ≥ 0; where it is infinite or not a number, as nothing has been measured, the result is
    /// `most`
    ///
    /// Source: MacKay 1992, "Bayesian interpolation" (the ratio α/β); the factor is measured,
    /// docs/training.md.
    static double weight_for(double esr) { return std::min(most, 5e-3 * esr); }
    static constexpr double most = 5e-5;

    /// [main-thread] Allocates.
    explicit WeightDecay(const dsp::StackShape& shape);

    /// The penalty at `values` (ParameterLayout order); adds its derivative to `gradient`.
    /// \param weight  ≥ 0, of the sum of squares in the loss
    /// [any-thread] Allocates nothing.
    double add(double weight, std::span<const double> values, std::span<double> gradient) const;

  private:
    std::vector<std::pair<std::size_t, std::size_t>> ranges_; ///< first value and the one after the last
};

} // namespace continuo
