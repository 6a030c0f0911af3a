#pragma once

#include "dsp/gain/gain_parameters.h"
#include "dsp/gain/period_level.h"
#include "models/operations/gain_layout.h"
#include "models/operations/level_sensitivity.h"
#include "models/operations/readout_sensitivity.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::operations {

/// The control part of a gain model together with the derivative of ln g by every learned value, carried
/// forwards in time (real-time recurrent learning). A smoother depends on its own row of every matrix and on
/// the level times alone, so a step costs about as much as there are values, and nothing of the past is kept:
/// there is no backward pass.
///
/// Source: Williams and Zipser 1989, "A learning algorithm for continually running fully recurrent neural
/// networks", section 2.
class GainSensitivity {
  public:
    /// At rest, but for a displacement. [main-thread] Allocates.
    /// \param seconds       the control period, s. \param knobs  one value in [0, 1] per knob
    /// \param displacement  of the smoothers' state, one value per channel: dsp::GainControl::settle()
    GainSensitivity(const dsp::GainShape& shape, const dsp::GainTensors<double>& model, double seconds,
                    std::span<const float> knobs, std::span<const double> displacement);

    /// One period further, as dsp::GainControl. [any-thread] Allocates nothing.
    void step(const dsp::PeriodLevel& input);

    double log_gain() const { return readout_.log_gain(); }

    /// ∂ ln g / ∂ value, gain_positions() order, 0 for the values of the colouring; then by the displacement.
    std::span<const double> gradient() const { return gradient_; }

  private:
    void read_gain();

    dsp::GainShape shape_;
    dsp::GainTensors<double> model_;
    dsp::GainTensors<std::size_t> at_;
    std::vector<double> knobs_;
    LevelSensitivity bank_;
    ReadoutSensitivity readout_;
    std::vector<double> rise_rate_, fall_rate_; // T / τ  [channel]
    std::vector<double> lag_rate_, lag_decay_;  // T / σ, exp(−T / σ)  [channel]
    std::vector<double> squared_width_;         // κ²  [channel]
    std::vector<double> curve_drive_;
    std::vector<double> state_;  // s  [channel]
    std::vector<double> lagged_; // w  [channel]
    // ∂s / ∂: [channel][ln rise times | ln fall times | β | V row | b_v | ln κ | K_v row | W row | q | b_Δ |
    // ln rise time | ln fall time | displacement]
    std::vector<double> state_slopes_;
    std::vector<double> lagged_slopes_; // the same of w
    std::vector<double> lag_slopes_;    // ∂w / ∂ln σ  [channel]
    std::size_t row_ = 0;               // values that one channel's state depends on
    std::vector<double> gradient_;
};

} // namespace continuo::operations
