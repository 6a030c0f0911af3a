#pragma once

#include "dsp/fused_multiply_add.h"

namespace continuo::dsp {

/// tanh(x) for a batch of floats, within 5e-7 of the true value everywhere (absolute, and relative where |x|
/// ≤ 7.9).
///
/// The same rational function for every instruction set, so that the trainer, the reference within its
/// tolerance, and the streaming kernels mean the same model: x P(x²) / Q(x²), both minimax in the relative
/// error over |x| ≤ 7.9 (1.3e-7 before rounding); beyond that, tanh differs from ±1 by less than 2.8e-7, and
/// x is clamped. Odd, and within [−1, 1] up to rounding. On x86 a NaN comes out as a finite value, on ARM as
/// NaN.
///
/// \param x  any float
/// [any-thread] Allocates nothing, keeps no state.
/// Source of the coefficients: an iteratively reweighted (Lawson) least-squares fit to tanh(x) / x over x².
template <class Batch>
inline Batch tanh_approximation(Batch x) noexcept {
    const Batch bounded = xsimd::min(xsimd::max(x, Batch(-7.9f)), Batch(7.9f));
    const Batch square = bounded * bounded;
    Batch numerator = multiply_add(square, Batch(1.1531840247e-05f), Batch(2.9604733918e-03f));
    Batch denominator = multiply_add(square, Batch(2.4925483277e-07f), Batch(2.4001206672e-04f));
    numerator = multiply_add(square, numerator, Batch(1.2934417588e-01f));
    denominator = multiply_add(square, denominator, Batch(2.3854083307e-02f));
    numerator = multiply_add(square, numerator, Batch(9.9999986919e-01f));
    denominator = multiply_add(square, denominator, Batch(4.6267644286e-01f));
    denominator = multiply_add(square, denominator, Batch(1.0f));
    return bounded * numerator / denominator;
}

/// The anti-aliased ISRU (Activation::isru) for a batch of floats, one sample after the other.
///
/// [any-thread] Allocates nothing.
template <class Batch>
class AntiAliasedIsru {
  public:
    /// \param previous  u of the sample before the first one
    explicit AntiAliasedIsru(Batch previous) noexcept : previous_(previous), root_(root(previous)) {}

    /// v of the next sample.
    Batch operator()(Batch u) noexcept {
        const Batch next = root(u), v = (u + previous_) / (next + root_);
        previous_ = u;
        root_ = next;
        return v;
    }

    /// u of the last sample.
    Batch previous() const noexcept { return previous_; }

  private:
    static Batch root(Batch u) noexcept { return xsimd::sqrt(multiply_add(u, u, Batch(1.0f))); }

    Batch previous_, root_;
};

} // namespace continuo::dsp
