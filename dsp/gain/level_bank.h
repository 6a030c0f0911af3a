#pragma once

#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/gain/knob_row.h"
#include "dsp/gain/padded_vector.h"
#include "dsp/gain/period_level.h"
#include "dsp/realtime.h"

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
    LevelBank(const Tensors& model, double seconds, const kernels::GainTable& table)
        : table_(&table), rise_time_(model.level_rise_time), fall_time_(model.level_fall_time),
          rise_knobs_(model.level_rise_knobs), fall_knobs_(model.level_fall_knobs), seconds_(seconds),
          positive_mean_(rise_time_.size()), negative_mean_(rise_time_.size()),
          positive_peak_(rise_time_.size()), negative_peak_(rise_time_.size()),
          rise_decay_(rise_time_.size()), fall_decay_(rise_time_.size()), mean_squares_(rise_time_.size()),
          levels_(kernels::periods_at_once * mean_squares_.size()) {
        detectors_ = {
            .count = rise_time_.size(),
            .width = mean_squares_.size(),
            .positive_mean = positive_mean_.data(),
            .negative_mean = negative_mean_.data(),
            .positive_peak = positive_peak_.data(),
            .negative_peak = negative_peak_.data(),
            .rise_decay = rise_decay_.data(),
            .fall_decay = fall_decay_.data(),
            .mean_squares = mean_squares_.data(),
            .levels = levels_.data(),
        };
        for (std::size_t i = 0; i < rise_time_.size(); ++i) {
            const double peak = model.level_peak[i], asymmetry = model.level_asymmetry[i];
            positive_mean_[i] = (1.0 - peak) * (1.0 + asymmetry);
            negative_mean_[i] = (1.0 - peak) * (1.0 - asymmetry);
            positive_peak_[i] = peak * (1.0 + asymmetry);
            negative_peak_[i] = peak * (1.0 - asymmetry);
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
        mean_squares_.fill(0.0);
        const PeriodLevel silence;
        step(&silence, 1);
    }

    /// Some periods further. [audio-thread] \param heard  the level of the input over each
    /// \param periods  at most kernels::periods_at_once
    void step(const PeriodLevel* heard, std::size_t periods) noexcept CONTINUO_REALTIME {
        table_->detect(detectors_, heard, periods);
    }

    /// With the levels of the last step(). [any-thread]
    const kernels::LevelDetectors& detectors() const noexcept CONTINUO_REALTIME { return detectors_; }

  private:
    // exp(−T / τ), where knobs scale the time constant τ
    double decay(double time, const std::vector<double>& by_knobs, std::size_t row,
                 std::span<const float> knobs) const noexcept CONTINUO_REALTIME {
        return std::exp(-seconds_ / time * std::exp(-row_times(by_knobs, row, knobs)));
    }

    const kernels::GainTable* table_;
    std::vector<double> rise_time_, fall_time_;   // τ, s  [level]
    std::vector<double> rise_knobs_, fall_knobs_; // [level][knob]
    double seconds_;                              // T
    PaddedVector positive_mean_, negative_mean_, positive_peak_, negative_peak_;
    PaddedVector rise_decay_, fall_decay_, mean_squares_, levels_;
    kernels::LevelDetectors detectors_{};
};

} // namespace continuo::dsp
