#pragma once

#include "dsp/gain/gain_curves.h"
#include "dsp/gain/gain_parameters.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// Row `row` of a matrix [row][value] times a vector, for the references: of any kind of number. [any-thread]
template <typename Number, typename Vector>
Number reference_row_times(const std::vector<Number>& matrix, std::size_t row, const Vector& vector) {
    Number sum = 0.0;
    for (std::size_t i = 0; i < vector.size(); ++i)
        sum = sum + matrix[row * vector.size() + i] * vector[i];
    return sum;
}

/// The level detectors of reference_gain() and reference_selective(), from silence, with knobs that stay: e,
/// m and l of dsp/gain/gain_parameters.h in plain loops. Shares no code with LevelBank.
template <typename Number>
class ReferenceLevels {
  public:
    /// [main-thread] Allocates. \param model  GainTensors or SelectiveTensors of Number, must outlive this
    /// \param period  samples. \param sample_rate  Hz
    template <typename Tensors>
    ReferenceLevels(const Tensors& model, std::size_t period, double sample_rate, double input_scale,
                    std::span<const double> knobs)
        : period_(period), input_scale_(input_scale), peak_(model.level_peak),
          asymmetry_(model.level_asymmetry), mean_squares_(peak_.size(), 0.0), levels_(peak_.size()) {
        using std::exp;
        const double seconds = double(period) / sample_rate;
        const auto decay = [&](const Number& time, const std::vector<Number>& by_knobs, std::size_t row) {
            return exp(-1.0 * seconds / (time * exp(reference_row_times(by_knobs, row, knobs))));
        };
        for (std::size_t i = 0; i < peak_.size(); ++i) {
            rise_.push_back(decay(model.level_rise_time[i], model.level_rise_knobs, i));
            fall_.push_back(decay(model.level_fall_time[i], model.level_fall_knobs, i));
        }
        measure();
    }

    /// l, [level]
    const std::vector<Number>& levels() const { return levels_; }

    /// A sample of the input, full scale ±1.
    void hear(double sample) {
        const double scaled = input_scale_ * sample;
        (scaled > 0.0 ? above_ : below_) += scaled * scaled / double(period_);
        highest_ = std::max(highest_, scaled);
        lowest_ = std::min(lowest_, scaled);
    }

    /// From what was heard since the last call, a period, to the levels at its end.
    void end_period() {
        for (std::size_t i = 0; i < levels_.size(); ++i) {
            const Number more = 1.0 + asymmetry_[i], less = 1.0 - asymmetry_[i];
            const Number up = more * highest_ * highest_, down = less * lowest_ * lowest_;
            const Number mean = more * above_ + less * below_, peak = down < up ? up : down;
            const Number level = mean + peak_[i] * (peak - mean);
            const Number kept = mean_squares_[i] < level ? rise_[i] : fall_[i];
            mean_squares_[i] = level + kept * (mean_squares_[i] - level);
        }
        above_ = below_ = highest_ = lowest_ = 0.0;
        measure();
    }

  private:
    void measure() {
        for (std::size_t i = 0; i < levels_.size(); ++i)
            levels_[i] = log_level(mean_squares_[i]);
    }

    std::size_t period_;
    double input_scale_;
    std::vector<Number> peak_, asymmetry_;                            // β, α
    std::vector<Number> rise_, fall_;                                 // exp(−T / τ)
    std::vector<Number> mean_squares_, levels_;                       // m, l
    double above_ = 0.0, below_ = 0.0, highest_ = 0.0, lowest_ = 0.0; // of the period: m̄⁺, m̄⁻, ±√p⁺, ±√p⁻
};

} // namespace continuo::dsp
