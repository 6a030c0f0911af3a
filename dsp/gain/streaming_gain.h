#pragma once

#include "dsp/gain/families.h"
#include "dsp/gain/linear_colour.h"
#include "dsp/knob_ramp.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// One audio channel of a model that computes a gain, sample for sample as the equations in
/// dsp/gain/gain_parameters.h or dsp/selective/selective_parameters.h. `Shape` is that of its family.
///
/// The bits of the output depend on the input and the knobs, never on how the audio is cut into blocks. All
/// arithmetic is in double and agrees with the reference but for the rounding of the output. A sample that
/// is not finite counts as silence and one beyond ±1000 is clamped. The level is measured over periods of
/// about 1/6000 s whatever the rate, and every time constant is exact there, so the gain follows the same
/// curve at any rate.
///
/// One object belongs to one thread at a time. Neither latency nor pre-roll.
template <typename Shape>
class GainStream {
  public:
    /// Starts at rest with all knobs at 0.
    ///
    /// [main-thread] Allocates. Throws std::invalid_argument where validate() does or the sample rate lies
    /// outside 1 kHz to 1 MHz. \param sample_rate  Hz, to play at
    GainStream(const ParametersOf<Shape>& parameters, double sample_rate);

    /// Jumps to where silence leaves the model with these knob values, in closed form.
    ///
    /// [audio-thread] Allocates nothing.
    /// \param knobs  values in [0, 1], clamped; what is missing or not a number stays as it was
    void reset(std::span<const float> knobs) noexcept CONTINUO_REALTIME;

    /// New knob targets. Each knob moves to its target in a straight line of 20 ms, and the gain in straight
    /// lines of one control period in decibels, so nothing is heard of the steps.
    ///
    /// [audio-thread]
    /// \param targets  as in reset()
    void set_knobs(std::span<const float> targets) noexcept CONTINUO_REALTIME;

    /// Runs `frames` samples, full scale ±1. In place is allowed. Flush-to-zero is on during the call and
    /// restored.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing.
    void process(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME;

    /// Runs one sample: the same bits as process(). [audio-thread]
    float step(float input) noexcept CONTINUO_REALTIME;

  private:
    void end_period() noexcept CONTINUO_REALTIME;

    std::size_t period_;                                     // samples per control period
    double per_sample_;                                      // 1 / period_
    std::vector<double> dry_;                                // the input of this period, padded
    double input_scale_, bend_scale_, bend_even_, bend_odd_; // even and odd divided by the scale
    ControlOf<Shape> control_;
    LinearColour colour_;
    KnobRamp knobs_;
    std::size_t position_ = 0;                  // samples since the period began
    double log_gain_ = 0.0;                     // where the gain will be when the period ends
    double gain_ = 1.0, gain_per_sample_ = 1.0; // a straight line in ln g is a factor per sample in g
};

using StreamingGain = GainStream<GainShape>;
using StreamingSelective = GainStream<SelectiveShape>;

} // namespace continuo::dsp
