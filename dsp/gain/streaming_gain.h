#pragma once

#include "dsp/gain/families.h"
#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/gain/linear_colour.h"
#include "dsp/gain/padded_vector.h"
#include "dsp/instruction_set.h"
#include "dsp/knob_ramp.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// One audio channel of a model that computes a gain, sample for sample as the equations in
/// dsp/gain/gain_parameters.h or dsp/selective/selective_parameters.h. `Shape` is that of its family.
///
/// The bits of the output depend on the input, the knobs and the instruction set, never on how the audio is
/// cut into blocks. All arithmetic is in double: instruction sets agree with each other and with the
/// reference but for the rounding of the output. A sample that is not finite counts as silence and one beyond
/// ±1000 is clamped. The level is measured over periods of about 1/6000 s whatever the rate, and every time
/// constant is exact there, so the gain follows the same curve at any rate.
///
/// One object belongs to one thread at a time. Movable, not copyable. Neither latency nor pre-roll.
template <typename Shape>
class GainStream {
  public:
    /// Starts at rest with all knobs at 0.
    ///
    /// [main-thread] Allocates. Throws std::invalid_argument where validate() does, where the sample rate
    /// lies outside 1 kHz to 1 MHz, or where this processor lacks the instruction set. \param sample_rate Hz,
    /// to play at
    GainStream(const ParametersOf<Shape>& parameters, double sample_rate,
               InstructionSet set = default_instruction_set());

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

    /// [any-thread]
    InstructionSet instruction_set() const noexcept { return set_; }

  private:
    void begin_periods(std::size_t periods) noexcept CONTINUO_REALTIME;
    void end_periods(std::size_t periods) noexcept CONTINUO_REALTIME;
    void amplify(std::size_t samples, std::size_t ended) noexcept CONTINUO_REALTIME;

    InstructionSet set_;
    const kernels::GainTable* table_;
    std::size_t period_; // samples per control period
    double input_scale_;
    ControlOf<Shape> control_;
    LinearColour colour_;
    kernels::Bend bend_;
    KnobRamp knobs_;
    std::size_t position_ = 0;  // samples since the period began
    PaddedVector dry_, played_; // the input since the period began, and what is made of it
    std::vector<PeriodLevel> heard_;
    // ln g where the next period begins, where the one after it does, and so on, and what is made of these: a
    // straight line in ln g is a factor per sample in g.
    PaddedVector log_gains_, gains_, factors_;
    double gain_ = 1.0, factor_ = 1.0; // of the last sample, of this period
};

using StreamingGain = GainStream<GainShape>;
using StreamingSelective = GainStream<SelectiveShape>;

} // namespace continuo::dsp
