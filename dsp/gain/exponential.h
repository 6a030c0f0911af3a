#pragma once

#include "dsp/fused_multiply_add.h"

#include <xsimd/xsimd.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace continuo::dsp {

// exp and log of a gain model's control part, for a batch of doubles, within 1e-15 of the value. The series
// of text books on the smallest range that a factor of 2^k leaves: without the tables of a C library, which
// lanes cannot share, and without its care for denormal numbers, infinities and NaN, none of which occur
// here.

inline constexpr std::uint64_t exponent_of_1 = 1023; ///< as it stands above the 52 bits of the fraction

template <std::size_t n>
inline constexpr double inverse_factorial = inverse_factorial<n - 1> / double(n);
template <>
inline constexpr double inverse_factorial<0> = 1.0;

/// exp(x) over x.
struct ExponentialSeries {
    static constexpr std::size_t terms = 13;
    template <std::size_t n>
    static constexpr double coefficient = inverse_factorial<n>;
};

/// 2 artanh(s) / s over s².
struct LogarithmSeries {
    static constexpr std::size_t terms = 10;
    template <std::size_t n>
    static constexpr double coefficient = 2.0 / double(2 * n + 1);
};

/// `count` terms of a series from `begin` on, a0 + a1 x + a2 x² + …, by pairs of pairs, so that few steps
/// wait for the one before. [any-thread] \param powers  x, x², x⁴, x⁸
template <class Series, std::size_t begin, std::size_t count, class Batch>
inline Batch part_of_series(const Batch (&powers)[4]) noexcept {
    if constexpr (count == 1)
        return Batch(Series::template coefficient<begin>);
    else {
        constexpr std::size_t level = std::bit_width(count - 1) - 1, half = std::size_t(1) << level;
        return multiply_add(part_of_series<Series, begin + half, count - half>(powers), powers[level],
                            part_of_series<Series, begin, half>(powers));
    }
}

/// The whole series.
template <class Series, class Batch>
inline Batch series(const Batch& x) noexcept {
    const Batch square = x * x, fourth = square * square;
    const Batch powers[4] = {x, square, fourth, fourth * fourth};
    return part_of_series<Series, 0, Series::terms>(powers);
}

/// exp(x) for any number x; beyond ±700, as there. [any-thread] Allocates nothing.
template <class Batch>
inline Batch exponential(const Batch& x) noexcept {
    using Bits = xsimd::batch<std::uint64_t, typename Batch::arch_type>;
    constexpr double round = 0x1.8p52; // added to a number, leaves its nearest integer in the lowest bits
    const Batch bounded = xsimd::min(xsimd::max(x, Batch(-700.0)), Batch(700.0));
    const Batch rounded = multiply_add(bounded, Batch(0x1.71547652b82fep+0), Batch(round)); // x / ln 2
    const Batch k = rounded - Batch(round);
    // ln 2 in two parts, the first with so few bits that its product with k is exact
    const Batch rest = multiply_add(k, Batch(-0x1.a39ef35793c76p-33),
                                    multiply_add(k, Batch(-0x1.62e42fee00000p-1), bounded));
    const Bits power = (std::bit_cast<Bits>(rounded) + Bits(exponent_of_1)) << 52;
    return series<ExponentialSeries>(rest) * std::bit_cast<Batch>(power);
}

/// ln x for normal numbers above zero. [any-thread] Allocates nothing.
template <class Batch>
inline Batch logarithm(const Batch& x) noexcept {
    using Bits = xsimd::batch<std::uint64_t, typename Batch::arch_type>;
    constexpr std::uint64_t smallest = 0x3fe6a09e667f3bcd;  // the bits of √½
    constexpr std::uint64_t two_to_52 = 0x4330000000000000; // those of 2^52
    constexpr std::uint64_t one = exponent_of_1 << 52;
    const Bits bits = std::bit_cast<Bits>(x), shifted = bits + Bits(one - smallest);
    const Bits mantissa = bits - (shifted & Bits(~std::uint64_t(0) << 52)) + Bits(one); // in [√½, √2)
    // An integer in the lowest bits of 2^52 is added to it.
    const Batch k =
        std::bit_cast<Batch>((shifted >> 52) | Bits(two_to_52)) - Batch(0x1p52 + double(exponent_of_1));
    const Batch above = std::bit_cast<Batch>(mantissa) - Batch(1.0);
    const Batch s = above / (above + Batch(2.0));
    return multiply_add(s, series<LogarithmSeries>(s * s), k * Batch(0x1.62e42fefa39efp-1));
}

} // namespace continuo::dsp
