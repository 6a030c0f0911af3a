#pragma once

#include "models/parallel/portable.h"

// Floats as pairs of numbers of 11 significant bits (half precision, IEEE 754 binary16), which is what tensor
// cores multiply fastest. Their range is short, from 2⁻²⁴ to 65504: what is split is first scaled by a power
// of two such that the largest value is between 2¹⁴ and 2¹⁵. The two parts then hold a value to 2⁻²² of
// itself, or to 2⁻⁴⁰ of the largest.

namespace continuo::parallel {

CONTINUO_HOST_DEVICE std::uint32_t bits_of(float x) {
    std::uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
CONTINUO_HOST_DEVICE float float_of(std::uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// 2^exponent, for exponents from -126 to 127. [any-thread]
CONTINUO_HOST_DEVICE float two_to(int exponent) {
    return float_of(std::uint32_t(exponent + 127) << 23);
}
/// The exponent of the largest power of two that is not above |x|; -127 for 0. [any-thread]
CONTINUO_HOST_DEVICE int exponent_of(float x) {
    return int(bits_of(x) >> 23 & 255u) - 127;
}

/// Powers of two that take a largest value to [2¹⁴, 2¹⁵), and back.
struct Scale {
    float to, from;
};
/// \param largest  0 or more. Below 2⁻¹¹² it stays smaller. [any-thread]
CONTINUO_HOST_DEVICE Scale scale_of(float largest) {
    const int exponent = exponent_of(largest), bounded = exponent > -112 ? exponent : -112;
    return {two_to(14 - bounded), two_to(bounded - 14)};
}

/// Two numbers in half precision, the first in the lower 16 bits.
using HalfPair = std::uint32_t;

#if !defined(__CUDA_ARCH__)
/// x in half precision, to nearest, ties to even. [any-thread]
inline std::uint32_t half_of(float x) {
    const std::uint32_t sign = bits_of(x) >> 16 & 0x8000u, magnitude = bits_of(x) & 0x7fffffffu;
    if (magnitude > 0x7f800000u)
        return 0x7fffu;
    if (magnitude >= 0x477ff000u) // 65520 and above
        return sign | 0x7c00u;
    if (magnitude < 0x38800000u) // 2⁻¹⁴: multiples of 2⁻²⁴, which floats from 1/2 to 1 are
        return sign | (bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f));
    return sign | (magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
}
#endif

/// Both in half precision, to nearest, ties to even. [any-thread]
CONTINUO_HOST_DEVICE HalfPair half_pair(float first, float second) {
#if defined(__CUDA_ARCH__)
    HalfPair pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
    return pair;
#else
    return half_of(first) | half_of(second) << 16;
#endif
}

/// Number `which` of a pair, 0 or 1. [any-thread]
CONTINUO_HOST_DEVICE float value_of(HalfPair pair, int which) {
#if defined(__CUDA_ARCH__)
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"((unsigned short)(which == 0 ? pair : pair >> 16)));
    return value;
#else
    const std::uint32_t half = which == 0 ? pair & 0xffffu : pair >> 16;
    const std::uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 0x3ffu;
    if (exponent == 0)
        return float_of(sign | bits_of(float(fraction) * 0x1p-24f));
    return float_of(sign | (exponent == 31 ? 255u : exponent + 112u) << 23 | fraction << 13);
#endif
}

/// Two floats as sums of two halves each.
struct SplitPair {
    HalfPair high, low;
};
/// Both parts to nearest. [any-thread]
CONTINUO_HOST_DEVICE SplitPair split(float first, float second) {
    const HalfPair high = half_pair(first, second);
    return {high, half_pair(first - value_of(high, 0), second - value_of(high, 1))};
}

} // namespace continuo::parallel
