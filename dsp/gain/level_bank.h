#pragma once

#include "dsp/gain/exponential.h"
#include "dsp/gain/gain_curves.h"
#include "dsp/gain/knob_row.h"
#include "dsp/gain/period_level.h"
#include "dsp/gain/strip_matrix.h"
#include "dsp/realtime.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// The level detectors of a model that computes a gain: from the level of a control period to log levels.
/// Equations: e, m and l in dsp/gain/gain_parameters.h.
///
/// One object belongs to one thread at a time.
class LevelBank {
  public:
    /// [main-thread] Allocates. \param model  valid GainTensors or SelectiveTensors
    /// \param seconds  the control period, s
    template <typename Tensors>
    LevelBank(const Tensors& model, double seconds)
        : rise_time_(model.level_rise_time), fall_time_(model.level_fall_time),
          rise_knobs_(model.level_rise_knobs), fall_knobs_(model.level_fall_knobs), seconds_(seconds),
          rise_decay_(padded(rise_time_.size())),
          fall_decay_(rise_decay_.size()), weights_{rise_decay_, rise_decay_, rise_decay_, rise_decay_},
          mean_squares_(rise_decay_.size()), levels_(rise_decay_.size()) {
        for (std::size_t i = 0; i < rise_time_.size(); ++i) {
            const double peak = model.level_peak[i], asymmetry = model.level_asymmetry[i];
            weights_.positive_mean[i] = (1.0 - peak) * (1.0 + asymmetry);
            weights_.negative_mean[i] = (1.0 - peak) * (1.0 - asymmetry);
            weights_.positive_peak[i] = peak * (1.0 + asymmetry);
            weights_.negative_peak[i] = peak * (1.0 - asymmetry);
        }
    }

    /// Other knob values, one per knob. [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
        for (std::size_t i = 0; i < rise_time_.size(); ++i) {
            rise_decay_[i] = decay(rise_time_[i], rise_knobs_, i, knobs);
            fall_decay_[i] = decay(fall_time_[i], fall_knobs_, i, knobs);
        }
    }

    /// Jumps to silence. [audio-thread]
    void settle() noexcept CONTINUO_REALTIME {
        std::fill(mean_squares_.begin(), mean_squares_.end(), 0.0);
        measure();
    }

    /// One period further. [audio-thread] \param level  of the input over the period
    void step(const PeriodLevel& level) noexcept CONTINUO_REALTIME {
        const Doubles positive_mean(level.positive_mean), negative_mean(level.negative_mean),
            positive_peak(level.positive_peak), negative_peak(level.negative_peak);
        for (std::size_t i = 0; i < mean_squares_.size(); i += Doubles::size) {
            const Doubles before = load(mean_squares_, i);
            const Doubles mean = load(weights_.positive_mean, i) * positive_mean +
                                 load(weights_.negative_mean, i) * negative_mean;
            const Doubles peak = xsimd::max(load(weights_.positive_peak, i) * positive_peak,
                                            load(weights_.negative_peak, i) * negative_peak);
            const Doubles input = mean + peak;
            const Doubles kept = xsimd::select(input > before, load(rise_decay_, i), load(fall_decay_, i));
            (input + kept * (before - input)).store_unaligned(mean_squares_.data() + i);
        }
        measure();
    }

    /// l, padded. [any-thread]
    const double* levels() const noexcept CONTINUO_REALTIME { return levels_.data(); }

  private:
    // What e takes of each part of a period's level, padded.
    struct Weights {
        std::vector<double> positive_mean, negative_mean, positive_peak, negative_peak;
    };

    // exp(−T / τ), where knobs scale the time constant τ
    double decay(double time, const std::vector<double>& by_knobs, std::size_t row,
                 std::span<const float> knobs) const noexcept CONTINUO_REALTIME {
        return std::exp(-seconds_ / time * std::exp(-row_times(by_knobs, row, knobs)));
    }

    void measure() noexcept CONTINUO_REALTIME {
        for (std::size_t i = 0; i < mean_squares_.size(); i += Doubles::size) // log_level(), in lanes
            (0.25 * logarithm(load(mean_squares_, i) + 1e-7)).store_unaligned(levels_.data() + i);
    }

    std::vector<double> rise_time_, fall_time_;   // τ, s  [level]
    std::vector<double> rise_knobs_, fall_knobs_; // [level][knob]
    double seconds_;                              // T
    std::vector<double> rise_decay_, fall_decay_; // exp(−T / τ), padded
    Weights weights_;
    std::vector<double> mean_squares_, levels_; // m, l, padded
};

} // namespace continuo::dsp
