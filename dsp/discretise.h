#pragma once

#include "dsp/stack_parameters.h"

#include <vector>

namespace continuo::dsp {

/// Samples of v that a layer reads directly at another rate than the trained one: this one and those before.
inline constexpr std::size_t taps_per_channel = 6;

/// One layer's modes at one sample rate, rounded to float: from here on these values are the model.
/// [mode][channel]
struct DiscreteModes {
    std::vector<float> delta_real, delta_imag;     ///< δ = λ − 1, λ = exp(a T)
    std::vector<float> readout_real, readout_imag; ///< C' = C (1 − |λ|)
    /// What v of this sample and of those before adds to s, Σ_k D_k v[t − k]: [taps_per_channel][channel];
    /// empty at the rate that the model was trained at.
    std::vector<float> taps;
};

/// A whole stack at one sample rate.
struct DiscreteStack {
    double sample_rate = 0.0; ///< Hz
    std::vector<DiscreteModes> layers;
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

/// The modes of one layer at the rate that it was trained at (Hz); at any other rate this is plain zero-order
/// hold, and refit() does better. [main-thread] Allocates. Source: exact sampling of a diagonal system, Gu et
/// al. 2022 (S4D), section 3; gain normalisation: docs/model.md.
DiscreteModes discretise(const LayerParameters& layer, double sample_rate);

/// The stack at `sample_rate` (Hz): as it was trained, or every layer refitted (dsp/refit.h) where the rate
/// is another one. Milliseconds to tens of milliseconds, so off the audio thread. [main-thread] Allocates.
/// Throws std::invalid_argument where validate() does or where the rate lies outside 1 kHz to 1 MHz.
DiscreteStack discretise(const StackParameters& stack, double sample_rate);

} // namespace continuo::dsp
