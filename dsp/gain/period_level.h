#pragma once

#include "dsp/realtime.h"

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

/// Gathers the level of a control period from its samples. [any-thread] Allocates nothing.
class PeriodMeter {
  public:
    /// One sample, scaled.
    void add(double sample) noexcept CONTINUO_REALTIME {
        const double positive = std::max(sample, 0.0), negative = std::min(sample, 0.0);
        positive_sum_ += positive * positive;
        negative_sum_ += negative * negative;
        highest_ = std::max(highest_, positive);
        lowest_ = std::min(lowest_, negative);
    }

    /// The level of the samples since the last call. \param per_sample  one over how many they are
    PeriodLevel finish(double per_sample) noexcept CONTINUO_REALTIME {
        const PeriodLevel level{positive_sum_ * per_sample, negative_sum_ * per_sample, highest_ * highest_,
                                lowest_ * lowest_};
        *this = {};
        return level;
    }

  private:
    double positive_sum_ = 0.0, negative_sum_ = 0.0, highest_ = 0.0, lowest_ = 0.0;
};

} // namespace continuo::dsp
