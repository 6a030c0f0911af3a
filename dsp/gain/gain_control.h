#pragma once

#include "dsp/gain/gain_parameters.h"
#include "dsp/gain/gain_readout.h"
#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/gain/level_bank.h"
#include "dsp/gain/padded_vector.h"
#include "dsp/gain/period_level.h"
#include "dsp/instruction_set.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// The part of a gain model that runs once per control period: from the input's level to ln g. Its state is
/// in double, which at this rate costs nothing and holds time constants of minutes.
///
/// One object belongs to one thread at a time. Movable, not copyable. Equations: dsp/gain/gain_parameters.h.
class GainControl {
  public:
    /// [main-thread] Allocates. \param seconds  the control period, s. \param model  valid, of that shape
    /// \param set  one that this processor runs
    GainControl(const GainShape& shape, GainTensors<double> model, double seconds,
                InstructionSet set = default_instruction_set());

    /// Other knob values, in [0, 1], one per knob. Takes effect with the next step(). [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME;

    /// Jumps to where silence leaves the state, and returns ln g there. [audio-thread]
    /// \param displacement  of the smoothers from there, one value per channel, for audio whose past is not
    /// known; what is missing is 0
    double settle(std::span<const double> displacement = {}) noexcept CONTINUO_REALTIME;

    /// Some periods further, any number of them. [audio-thread] \param heard  the level of the input over
    /// each \param log_gains  ln g after each
    void step(std::span<const PeriodLevel> heard, double* log_gains) noexcept CONTINUO_REALTIME;

  private:
    const kernels::GainTable* table_;
    GainShape shape_;
    GainTensors<double> model_;
    double seconds_; // T
    LevelBank bank_;
    GainReadout readout_;
    ColumnMatrix curve_mixing_, speed_mixing_;
    PaddedVector curve_drive_;                                   // bias with what the knobs add
    PaddedVector squared_width_, speed_difference_, speed_bias_; // κ², q, b_Δ
    PaddedVector rise_rate_, fall_rate_, lag_decay_;             // −T / τ, exp(−T / σ)
    PaddedVector displacement_, state_, lagged_;                 // s and w
    PaddedVector aim_, speed_, channels_;                        // of every period
    kernels::Smoothers smoothers_{};
};

} // namespace continuo::dsp
