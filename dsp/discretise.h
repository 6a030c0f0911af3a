#pragma once

#include "dsp/stack_parameters.h"

#include <vector>

namespace continuo::dsp {

/// One layer's modes at one sample rate, rounded to float: from here on these values are the model.
/// [mode][channel]
struct DiscreteModes {
    std::vector<float> delta_real, delta_imag;     ///< δ = λ − 1, λ = exp(a T)
    std::vector<float> readout_real, readout_imag; ///< C' = C (1 − |λ|)
};

/// λ − 1 without the cancellation of the obvious form: with e = exp(−decay T), θ = frequency T,
/// Re = expm1(−decay T) − 2 e sin²(θ/2), Im = e sin θ.
struct ComplexDelta {
    double real, imag;
};

/// \param decay     −Re a, 1/s
/// \param frequency Im a, rad/s
/// \param period    1 / sample rate, s
/// [any-thread] Allocates nothing.
ComplexDelta discretise_pole(double decay, double frequency, double period);

/// The modes of one layer at `sample_rate` (Hz). At another rate than the trained one this is plain
/// zero-order hold. [main-thread] Allocates. Source: exact sampling of a diagonal system, Gu et al. 2022
/// (S4D), section 3; gain normalisation: docs/model.md.
DiscreteModes discretise(const LayerParameters& layer, double sample_rate);

} // namespace continuo::dsp
