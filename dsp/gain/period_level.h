#pragma once

#include <algorithm>

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

} // namespace continuo::dsp
