#pragma once

#include "dsp/gain/strip_matrix.h"
#include "dsp/realtime.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace continuo::dsp {

// exp and log of a gain model's control part, within 1e-15 of the value. The series of text books on the
// smallest range that a factor of 2^k leaves: without the tables of a C library, which lanes cannot share,
// and without its care for denormal numbers, infinities and NaN, none of which occur here.

using Bits = xsimd::batch<std::uint64_t>;            ///< of Doubles
inline constexpr std::uint64_t exponent_of_1 = 1023; ///< as it stands above the 52 bits of the fraction

/// Coefficients of exp(x) over x: 1 / n!.
inline constexpr auto exponential_series = [] {
    std::array<double, 13> a{1.0};
    for (std::size_t n = 1; n < a.size(); ++n)
        a[n] = a[n - 1] / double(n);
    return a;
}();

/// Coefficients of 2 artanh(s) / s over s²: 2 / (2 n + 1).
inline constexpr auto logarithm_series = [] {
    std::array<double, 10> a{};
    for (std::size_t n = 0; n < a.size(); ++n)
        a[n] = 2.0 / double(2 * n + 1);
    return a;
}();

/// a0 + a1 x + a2 x² + …, by pairs of pairs, so that few steps wait for the one before. [any-thread]
template <std::size_t begin, std::size_t count, std::size_t coefficients>
Doubles polynomial(const std::array<double, coefficients>& a,
                   const std::array<Doubles, 4>& powers) noexcept CONTINUO_REALTIME {
    if constexpr (count == 1)
        return Doubles(a[begin]);
    else {
        constexpr std::size_t level = std::bit_width(count - 1) - 1, half = std::size_t(1) << level;
        return polynomial<begin, half>(a, powers) +
               polynomial<begin + half, count - half>(a, powers) * powers[level];
    }
}

template <std::size_t coefficients>
Doubles polynomial(const std::array<double, coefficients>& a, const Doubles& x) noexcept CONTINUO_REALTIME {
    const Doubles square = x * x, fourth = square * square;
    return polynomial<0, coefficients>(a, {x, square, fourth, fourth * fourth});
}

/// exp(x) for any number x; beyond ±700, as there. [any-thread] Allocates nothing.
inline Doubles exponential(const Doubles& x) noexcept CONTINUO_REALTIME {
    constexpr double round = 0x1.8p52; // added to a number, leaves its nearest integer in the lowest bits
    const Doubles bounded = xsimd::min(xsimd::max(x, Doubles(-700.0)), Doubles(700.0));
    const Doubles rounded = bounded * Doubles(0x1.71547652b82fep+0) + Doubles(round); // x / ln 2
    const Doubles k = rounded - Doubles(round);
    // ln 2 in two parts, the first with so few bits that its product with k is exact
    const Doubles rest = bounded - k * Doubles(0x1.62e42fee00000p-1) - k * Doubles(0x1.a39ef35793c76p-33);
    const Bits power = (std::bit_cast<Bits>(rounded) + Bits(exponent_of_1)) << 52;
    return polynomial(exponential_series, rest) * std::bit_cast<Doubles>(power);
}

/// ln x for normal numbers above zero. [any-thread] Allocates nothing.
inline Doubles logarithm(const Doubles& x) noexcept CONTINUO_REALTIME {
    constexpr auto smallest = std::bit_cast<std::uint64_t>(0x1.6a09e667f3bcdp-1); // √½
    constexpr std::uint64_t one = exponent_of_1 << 52;
    const Bits bits = std::bit_cast<Bits>(x), shifted = bits + Bits(one - smallest);
    const Bits mantissa = bits - (shifted & Bits(~std::uint64_t(0) << 52)) + Bits(one); // in [√½, √2)
    // An integer in the lowest bits of 2^52 is added to it.
    const Bits added = (shifted >> 52) | Bits(std::bit_cast<std::uint64_t>(0x1p52));
    const Doubles k = std::bit_cast<Doubles>(added) - Doubles(0x1p52 + double(exponent_of_1));
    const Doubles above = std::bit_cast<Doubles>(mantissa) - Doubles(1.0);
    const Doubles s = above / (above + Doubles(2.0));
    return k * Doubles(0x1.62e42fefa39efp-1) + s * polynomial(logarithm_series, s * s);
}

} // namespace continuo::dsp
