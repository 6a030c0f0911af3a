#pragma once

#include "dsp/gain/gain_readout.h"
#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/gain/level_bank.h"
#include "dsp/gain/padded_vector.h"
#include "dsp/gain/period_level.h"
#include "dsp/instruction_set.h"
#include "dsp/realtime.h"
#include "dsp/selective/selective_parameters.h"

#include <cstddef>
#include <span>

namespace continuo::dsp {

/// The part of a selective model that runs once per control period: from the input's level to ln g. In
/// double, as GainControl is.
///
/// One object belongs to one thread at a time. Movable, not copyable. Equations:
/// dsp/selective/selective_parameters.h.
class SelectiveControl {
  public:
    /// [main-thread] Allocates. \param seconds  the control period, s. \param model  valid, of that shape
    /// \param set  one that this processor runs
    SelectiveControl(const SelectiveShape& shape, SelectiveTensors<double> model, double seconds,
                     InstructionSet set = default_instruction_set());

    /// Other knob values, in [0, 1], one per knob. Takes effect with the next step(). [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME;

    /// Jumps to where silence leaves the state, and returns ln g there. [audio-thread]
    /// \param displacement  of the states from there, [channel][state], for audio whose past is not known;
    /// what is missing is 0
    double settle(std::span<const double> displacement = {}) noexcept CONTINUO_REALTIME;

    /// Some periods further, any number of them. [audio-thread] \param heard  the level of the input over
    /// each \param log_gains  ln g after each
    void step(std::span<const PeriodLevel> heard, double* log_gains) noexcept CONTINUO_REALTIME;

  private:
    const kernels::GainTable* table_;
    SelectiveShape shape_;
    SelectiveTensors<double> model_;
    LevelBank bank_;
    GainReadout readout_;
    ColumnMatrix input_mixing_, speed_mixing_, write_mixing_, read_mixing_;
    PaddedVector input_drive_, speed_bias_, speed_factor_, skip_; // b_u + K_u k, b_Δ, exp(K_Δ k), d
    PaddedVector write_bias_, read_bias_;                         // [state]
    PaddedVector rate_, displacement_, state_;                    // −T / τ, of s, s  [state][channel]
    PaddedVector input_, speed_, write_, read_, channels_;        // u, Δ, B, C, y of every period
    kernels::SelectiveLayer layer_{};
};

} // namespace continuo::dsp
