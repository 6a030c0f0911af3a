#pragma once

#include "dsp/gain/gain_parameters.h"
#include "dsp/gain/gain_readout.h"
#include "dsp/gain/level_bank.h"
#include "dsp/gain/period_level.h"
#include "dsp/gain/strip_matrix.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// The part of a gain model that runs once per control period: from the input's level to ln g. Its state is
/// in double, which at this rate costs nothing and holds time constants of minutes.
///
/// One object belongs to one thread at a time. Equations: dsp/gain/gain_parameters.h.
class GainControl {
  public:
    /// [main-thread] Allocates. \param seconds  the control period, s. \param model  valid, of that shape
    GainControl(const GainShape& shape, GainTensors<double> model, double seconds);

    /// Other knob values, in [0, 1], one per knob. Takes effect with the next step(). [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME;

    /// Jumps to where silence leaves the state, and returns ln g there. [audio-thread]
    double settle() noexcept CONTINUO_REALTIME;

    /// Moves the smoothers' state from where it is, for audio whose past is not known, and returns ln g
    /// there. \param by  one value per channel. [audio-thread]
    double displace(std::span<const double> by) noexcept CONTINUO_REALTIME;

    /// One period further. \param level  of the input over the period. \return ln g [audio-thread]
    double step(const PeriodLevel& level) noexcept CONTINUO_REALTIME;

  private:
    Doubles aim(std::size_t first) const noexcept CONTINUO_REALTIME;

    // Vectors are padded to whole batches. What is not there has weights of zero, so it stays finite and is
    // never heard.
    GainShape shape_;
    GainTensors<double> model_;
    LevelBank bank_;
    std::vector<double> squared_width_; // κ²  [channel]
    StripMatrix curve_mixing_, speed_mixing_;
    GainReadout readout_;
    double seconds_;                             // T
    std::vector<double> rise_rate_, fall_rate_;  // T / τ        [channel]
    std::vector<double> lag_decay_;              // exp(−T / σ)  [channel]
    std::vector<double> curve_drive_;            // bias with what the knobs add
    std::vector<double> aim_, exponent_, state_; // v, −Δ T / τ, s [channel]
    std::vector<double> lagged_;                 // w [channel]
};

} // namespace continuo::dsp
