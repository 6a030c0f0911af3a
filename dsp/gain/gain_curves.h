#pragma once

#include <cmath>

namespace continuo::dsp {

/// The units that a gain model reasons in: a fourth of the natural logarithm of a mean square, so that 17 dB
/// are one; at silence it comes to rest at −4.
inline constexpr double level_per_logarithm = 0.25, silent_mean_square = 1e-7;

/// A level in these units. [any-thread] Allocates nothing. \param mean_square  ≥ 0
template <typename Number>
Number log_level(const Number& mean_square) noexcept {
    using std::log;
    return level_per_logarithm * log(mean_square + silent_mean_square);
}

/// The hyperbola between 0 and x: what a knee is in decibels. A compressor's gain goes on along a straight
/// line above its knee, so this, unlike a tanh, is right at levels that training never heard. [any-thread]
/// Source: Barron 2021, "Squareplus: a softplus-like algebraic rectifier", with b the square of the width.
/// \param squared_width  > 0: within its root from 0 the knee is round, towards 0 it becomes a corner
template <typename Number>
Number knee(const Number& x, const Number& squared_width) noexcept {
    using std::sqrt;
    return 0.5 * (x + sqrt(x * x + squared_width));
}

/// The same of width 1.
template <typename Number>
Number knee(const Number& x) noexcept {
    return knee(x, Number(1.0));
}

/// ∂ knee / ∂x, in (0, 1).
inline double knee_slope(double x, double squared_width = 1.0) noexcept {
    return 0.5 * (1.0 + x / std::sqrt(x * x + squared_width));
}

/// ∂ knee / ∂ the logarithm of the width.
inline double knee_width_slope(double x, double squared_width) noexcept {
    return 0.5 * squared_width / std::sqrt(x * x + squared_width);
}

/// A gate, in ±1: the inverse square root unit. What a selective model writes and reads goes through it,
/// since the product of two straight lines in the level is none, and wrong where training heard no such
/// level. [any-thread] Source: Carlile et al. 2017, "Improving deep learning by inverse square root linear
/// units".
template <typename Number>
Number gate(const Number& x) noexcept {
    using std::sqrt;
    return x / sqrt(x * x + 1.0);
}

/// d gate / dx, in (0, 1].
inline double gate_slope(double x) noexcept {
    const double share = 1.0 / (x * x + 1.0);
    return share * std::sqrt(share);
}

/// What is added to a sample p of the output by the bend, with u = scale p; divide by the scale. Its slope is
/// bounded, so no input makes more of it than p itself. [any-thread]
template <typename Number>
Number bend(const Number& u, const Number& even, const Number& odd) noexcept {
    return u * u * (even + odd * u) / (1.0 + u * u);
}

/// ln g stays within ± this: 104 dB, which no device has and no sum overflows from.
inline constexpr double largest_log_gain = 12.0;

} // namespace continuo::dsp
