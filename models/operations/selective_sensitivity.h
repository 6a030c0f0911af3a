#pragma once

#include "dsp/gain/period_level.h"
#include "dsp/selective/selective_parameters.h"
#include "models/operations/level_sensitivity.h"
#include "models/operations/readout_sensitivity.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::operations {

/// The control part of a selective model together with the derivative of ln g by every learned value, carried
/// forwards in time as in GainSensitivity: a state depends on its channel's rows, on its own row of what is
/// written, on its own time and on the level times, and on nothing else that has a memory.
///
/// Source: Williams and Zipser 1989, "A learning algorithm for continually running fully recurrent neural
/// networks", section 2.
class SelectiveSensitivity {
  public:
    /// At rest, but for a displacement. [main-thread] Allocates.
    /// \param seconds       the control period, s. \param knobs  one value in [0, 1] per knob
    /// \param displacement  of the states, [channel][state]: dsp::SelectiveControl::settle()
    SelectiveSensitivity(const dsp::SelectiveShape& shape, const dsp::SelectiveTensors<double>& model,
                         double seconds, std::span<const float> knobs, std::span<const double> displacement);

    /// One period further, as dsp::SelectiveControl. [any-thread] Allocates nothing.
    void step(const dsp::PeriodLevel& input);

    double log_gain() const { return readout_.log_gain(); }

    /// ∂ ln g / ∂ value, gain_positions() order, 0 for the values of the colouring; then by the displacement.
    std::span<const double> gradient() const { return gradient_; }

  private:
    void select();
    void read_gain();
    void add_to_gradient(std::size_t channel, double weight);

    dsp::SelectiveShape shape_;
    dsp::SelectiveTensors<double> model_;
    dsp::SelectiveTensors<std::size_t> at_;
    std::vector<double> knobs_;
    LevelSensitivity bank_;
    ReadoutSensitivity readout_;
    std::vector<double> rate_; // T / τ  [channel][state]
    std::vector<double> input_drive_, speed_factor_;
    std::vector<double> input_, input_slope_, speed_, speed_slope_; // u, Δ and their slopes  [channel]
    std::vector<double> write_, write_slope_, read_, read_slope_;   // B, C and theirs  [state]
    std::vector<double> state_;                                     // s  [channel][state]
    std::vector<double> mixed_;                                     // y  [channel]
    // ∂s / ∂: [channel][state][ln rise times | ln fall times | β | V row | b_u | K_u row | W row | b_Δ | K_Δ
    // row | W_B row | b_B | ln τ | displacement]
    std::vector<double> state_slopes_;
    std::size_t shared_ = 0;   // of a row, what the states of a channel have in common: up to K_Δ
    std::size_t row_ = 0;      // values that one state depends on
    std::vector<double> sums_; // Σ C ∂s over a channel's states  [shared_]
    std::vector<double> by_level_;
    std::vector<double> gradient_;
};

} // namespace continuo::operations
