#pragma once

#include "dsp/gain/strip_matrix.h"
#include "dsp/realtime.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// What a control period's input was, scaled to 1 rms, the half waves above zero apart from those below. All
/// are squares, 0 or more.
struct PeriodLevel {
    double positive_mean = 0.0; ///< the samples above zero, summed and divided by the count of all
    double negative_mean = 0.0; ///< those below zero, likewise
    double positive_peak = 0.0; ///< of the highest sample, where it is above zero
    double negative_peak = 0.0; ///< of the lowest, where it is below

    double mean_square() const noexcept { return positive_mean + negative_mean; }
    double peak_square() const noexcept { return std::max(positive_peak, negative_peak); }
};

/// The level of the samples of a control period. [any-thread] Allocates nothing.
/// \param samples  those of the period, and zeros from `count` on: pad()
/// \param count    ≥ 1. \param scale  makes the input 1 rms
inline PeriodLevel measure_period(const std::vector<double>& samples, std::size_t count,
                                  double scale) noexcept CONTINUO_REALTIME {
    const Doubles zero(0.0);
    Doubles positive_sum = zero, negative_sum = zero, highest = zero, lowest = zero;
    for (std::size_t t = 0; t < samples.size(); t += Doubles::size) {
        const Doubles sample = load(samples, t), positive = xsimd::max(sample, zero),
                      negative = xsimd::min(sample, zero);
        positive_sum += positive * positive;
        negative_sum += negative * negative;
        highest = xsimd::max(highest, positive);
        lowest = xsimd::min(lowest, negative);
    }
    double up = 0.0, down = 0.0, lanes[Doubles::size];
    highest.store_unaligned(lanes);
    for (const double lane : lanes)
        up = std::max(up, lane);
    lowest.store_unaligned(lanes);
    for (const double lane : lanes)
        down = std::min(down, lane);
    const double square = scale * scale, share = square / double(count);
    return {share * sum_of_lanes(positive_sum), share * sum_of_lanes(negative_sum), square * up * up,
            square * down * down};
}

} // namespace continuo::dsp
