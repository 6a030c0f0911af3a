#pragma once

#include "dsp/gain/gain_curves.h"
#include "dsp/gain/period_level.h"
#include "models/operations/row_times.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace continuo::operations {

/// The level detectors of a model that computes a gain, together with the derivative of every log level by
/// the logarithms of its own two times, by its share of the peak and by its asymmetry, carried forwards in
/// time. Equations: e, m and l in dsp/gain/gain_parameters.h.
class LevelSensitivity {
  public:
    /// At silence. [main-thread] Allocates. \param model  GainTensors or SelectiveTensors
    /// \param knobs  one value in [0, 1] per knob. \param seconds  the control period, s
    template <typename Tensors>
    LevelSensitivity(const Tensors& model, const std::vector<double>& knobs, double seconds)
        : rise_(direction(rates(model.level_rise_time, model.level_rise_knobs, knobs, seconds))),
          fall_(direction(rates(model.level_fall_time, model.level_fall_knobs, knobs, seconds))),
          peak_(model.level_peak), asymmetry_(model.level_asymmetry), peak_slopes_(peak_.size(), 0.0),
          peak_log_slopes_(peak_slopes_), asymmetry_slopes_(peak_slopes_),
          asymmetry_log_slopes_(peak_slopes_), mean_squares_(rise_.rate.size(), 0.0),
          levels_(rise_.rate.size()) {
        read();
    }

    /// One period further. [any-thread] Allocates nothing. \param input  its level over the period
    void step(const dsp::PeriodLevel& input) {
        for (std::size_t i = 0; i < levels_.size(); ++i) {
            const double more = 1.0 + asymmetry_[i], less = 1.0 - asymmetry_[i], share = peak_[i];
            const double up = more * input.positive_peak, down = less * input.negative_peak;
            const double mean = more * input.positive_mean + less * input.negative_mean;
            const double above = std::max(up, down) - mean, level = mean + share * above;
            const double leaning = (1.0 - share) * (input.positive_mean - input.negative_mean) +
                                   share * (up > down ? input.positive_peak : -input.negative_peak);
            Direction& active = level > mean_squares_[i] ? rise_ : fall_;
            const double decay = active.decay[i], difference = decay * (mean_squares_[i] - level);
            rise_.slopes[i] *= decay;
            fall_.slopes[i] *= decay;
            active.slopes[i] += active.rate[i] * difference;
            peak_slopes_[i] = above + decay * (peak_slopes_[i] - above);
            asymmetry_slopes_[i] = leaning + decay * (asymmetry_slopes_[i] - leaning);
            mean_squares_[i] = level + difference;
        }
        read();
    }

    const std::vector<double>& levels() const { return levels_; } ///< l, [level]

    /// How many values each level has of its own.
    static constexpr std::size_t own_values = 4;

    /// The derivatives of each level by its own values, [level] each: ∂l / ∂ln τ of the rise time and of the
    /// fall time, ∂l / ∂β, ∂l / ∂α. [any-thread]
    std::array<const std::vector<double>*, own_values> by_own() const {
        return {&rise_.log_slopes, &fall_.log_slopes, &peak_log_slopes_, &asymmetry_log_slopes_};
    }

    /// Where those values lie among all, in the same order. [any-thread] \param at  gain_positions()
    template <typename Positions>
    static std::array<const std::vector<std::size_t>*, own_values> own_positions(const Positions& at) {
        return {&at.level_rise_time, &at.level_fall_time, &at.level_peak, &at.level_asymmetry};
    }

  private:
    /// What the detectors do while they rise, or while they fall; all [level].
    struct Direction {
        std::vector<double> decay, rate;        // exp(−T / τ), T / τ
        std::vector<double> slopes, log_slopes; // ∂m / ∂ln τ, ∂l / ∂ln τ
    };

    static Direction direction(std::vector<double> rates) {
        Direction result;
        for (const double rate : rates)
            result.decay.push_back(std::exp(-rate));
        result.slopes.assign(rates.size(), 0.0);
        result.log_slopes.assign(rates.size(), 0.0);
        result.rate = std::move(rates);
        return result;
    }

    void read() {
        for (std::size_t i = 0; i < levels_.size(); ++i) {
            levels_[i] = dsp::log_level(mean_squares_[i]);
            const double slope = 0.25 / (mean_squares_[i] + 1e-7);
            rise_.log_slopes[i] = slope * rise_.slopes[i];
            fall_.log_slopes[i] = slope * fall_.slopes[i];
            peak_log_slopes_[i] = slope * peak_slopes_[i];
            asymmetry_log_slopes_[i] = slope * asymmetry_slopes_[i];
        }
    }

    Direction rise_, fall_;
    std::vector<double> peak_, asymmetry_;                        // β, α
    std::vector<double> peak_slopes_, peak_log_slopes_;           // ∂m / ∂β, ∂l / ∂β
    std::vector<double> asymmetry_slopes_, asymmetry_log_slopes_; // ∂m / ∂α, ∂l / ∂α
    std::vector<double> mean_squares_, levels_;                   // m, l
};

} // namespace continuo::operations
