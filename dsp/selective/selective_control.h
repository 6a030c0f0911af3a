#pragma once

#include "dsp/gain/gain_readout.h"
#include "dsp/gain/level_bank.h"
#include "dsp/gain/period_level.h"
#include "dsp/gain/strip_matrix.h"
#include "dsp/realtime.h"
#include "dsp/selective/selective_parameters.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// The part of a selective model that runs once per control period: from the input's level to ln g. In
/// double, as GainControl is.
///
/// One object belongs to one thread at a time. Equations: dsp/selective/selective_parameters.h.
class SelectiveControl {
  public:
    /// [main-thread] Allocates. \param seconds  the control period, s. \param model  valid, of that shape
    SelectiveControl(const SelectiveShape& shape, SelectiveTensors<double> model, double seconds);

    /// Other knob values, in [0, 1], one per knob. Takes effect with the next step(). [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME;

    /// Jumps to where silence leaves the state, and returns ln g there. [audio-thread]
    double settle() noexcept CONTINUO_REALTIME;

    /// Moves the state from where it is, for audio whose past is not known, and returns ln g there.
    /// \param by  one value per state of every channel, [channel][state]. [audio-thread]
    double displace(std::span<const double> by) noexcept CONTINUO_REALTIME;

    /// One period further. \param level  of the input over the period. \return ln g [audio-thread]
    double step(const PeriodLevel& level) noexcept CONTINUO_REALTIME;

  private:
    void select() noexcept CONTINUO_REALTIME;
    double log_gain() noexcept CONTINUO_REALTIME;

    // Vectors are padded to whole batches; what is not there has weights of zero. The channels are the lanes:
    // what belongs to a state of a channel lies at [state][channel].
    SelectiveShape shape_;
    SelectiveTensors<double> model_;
    LevelBank bank_;
    StripMatrix input_mixing_, speed_mixing_, write_mixing_, read_mixing_;
    GainReadout readout_;
    std::size_t width_;                                        // channels, padded
    std::vector<double> rate_;                                 // −T / τ  [state][channel]
    std::vector<double> input_drive_, speed_factor_;           // b_u + K_u k, exp(K_Δ k)  [channel]
    std::vector<double> input_, speed_, write_, read_, mixed_; // u, Δ, B, C, y
    std::vector<double> state_;                                // s  [state][channel]
};

} // namespace continuo::dsp
