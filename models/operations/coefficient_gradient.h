#pragma once

#include "dsp/stack_parameters.h"
#include "models/operations/coefficient_sums.h"
#include "models/operations/parameter_layout.h"
#include "models/operations/stack_gradient_kernel.h"

#include <span>

namespace continuo::operations {

/// The places of one layer's sums in a block of them. [any-thread]
LayerCoefficientGradients layer_sums(float* block, const CoefficientSumLayout& layout, std::size_t layer);

/// The chain rule from a stack's coefficients at one setting of its knobs to its learned values: adds to
/// `gradient` (ParameterLayout order) what the sums over time come to. In double.
///
/// [any-thread] Allocates nothing. Throws std::invalid_argument where a span has another length.
///
/// \param sums   dL/d(coefficient) [CoefficientSumLayout::size()]
/// \param knobs  the setting, one value in [0, 1] per knob
///
/// Source: λ = exp(−e^p + i e^q) and C' = C (1 − |λ|) with |λ| = exp(−e^p), by hand.
void add_coefficient_gradient(const dsp::StackParameters& parameters, std::span<const float> knobs,
                              const ParameterLayout& layout, const CoefficientSumLayout& sum_layout,
                              std::span<const double> sums, std::span<double> gradient);

} // namespace continuo::operations
