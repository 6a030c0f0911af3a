#pragma once

#include "dsp/realtime.h"

#include <algorithm>

namespace continuo::dsp {

/// What a control period's input was, scaled to 1 rms: both are 0 or more.
struct PeriodLevel {
    double mean_square = 0.0;
    double peak_square = 0.0; ///< of the largest sample
};

/// Gathers the level of a control period from its samples. [any-thread] Allocates nothing.
class PeriodMeter {
  public:
    /// One sample, scaled.
    void add(double sample) noexcept CONTINUO_REALTIME {
        const double square = sample * sample;
        sum_ += square;
        peak_ = std::max(peak_, square);
    }

    /// The level of the samples since the last call. \param per_sample  one over how many they are
    PeriodLevel finish(double per_sample) noexcept CONTINUO_REALTIME {
        const PeriodLevel level{sum_ * per_sample, peak_};
        *this = {};
        return level;
    }

  private:
    double sum_ = 0.0, peak_ = 0.0;
};

} // namespace continuo::dsp
