#pragma once

#include "models/parallel/portable.h"

namespace continuo::parallel {

/// e^x − 1 for x ≤ 0 within 2 units in the last place, small x included, in fused operations alone.
/// [any-thread] Source: x = k ln 2 + r with |r| ≤ ln 2 / 2; the Taylor series of e^r − 1 up to r⁷, whose
/// remainder is below 2⁻²⁶ r; e^x − 1 = 2^k (e^r − 1) + (2^k − 1). ln 2 in two parts (Cody and Waite).
CONTINUO_HOST_DEVICE float exponential_minus_one(float x) {
    const float bounded = fmaxf(x, -25.0f);                       // from there on the result is −1
    const float magic = fused(bounded, 1.44269504f, 12582912.0f); // k in its lowest bits
    const float k = magic - 12582912.0f;
    const float r = fused(-k, -2.12194440e-4f, fused(-k, 0.693359375f, bounded));
    float series = fused(r, 1.98412698e-4f, 1.38888889e-3f);
    series = fused(r, series, 8.33333333e-3f);
    series = fused(r, series, 4.16666667e-2f);
    series = fused(r, series, 1.66666667e-1f);
    series = fused(r, series, 0.5f);
    const float small = fused(r * r, series, r);
    std::uint32_t bits;
    memcpy(&bits, &magic, sizeof bits);
    bits = (bits << 23) + 0x3f800000u;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return fused(scale, small, scale - 1.0f);
}

/// e^x for x ≤ 0 in double, within 2 units in the last place; 0 below e^−700. [any-thread]
/// Source: as above, with the Taylor series up to r¹³.
CONTINUO_HOST_DEVICE double exponential(double x) {
    if (!(x >= -700.0))
        return 0.0;
    const double magic = fused(x, 1.4426950408889634, 6755399441055744.0);
    const double k = magic - 6755399441055744.0;
    const double r = fused(-k, 1.9082149292705877e-10, fused(-k, 0.6931471803691238, x));
    double series = 1.0 / 6227020800.0, factorial = 6227020800.0; // 13!
    CONTINUO_UNROLL
    for (int n = 13; n > 0; --n) {
        factorial /= n;
        series = fused(r, series, 1.0 / factorial);
    }
    std::uint64_t bits;
    memcpy(&bits, &magic, sizeof bits);
    bits = (bits << 52) + 0x3ff0000000000000u;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return scale * series;
}

} // namespace continuo::parallel
