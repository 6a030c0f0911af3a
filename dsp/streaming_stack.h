#pragma once

#include "dsp/instruction_set.h"
#include "dsp/kernels/stack_layout.h"
#include "dsp/knob_ramp.h"
#include "dsp/realtime.h"
#include "dsp/stack_parameters.h"

#include <cstddef>
#include <memory>
#include <span>

namespace continuo::dsp {

/// One audio channel of a gated S4D stack, sample for sample as the equations in dsp/stack_parameters.h.
///
/// The bits of the output depend on the input, the knobs and the instruction set, never on how the audio is
/// cut into blocks: step() and process() with any number of frames agree. Instruction sets agree with each
/// other and with ReferenceStack within 1e-5 of the largest output. A sample that is not finite counts as
/// silence and one beyond ±1000 is clamped, so no input can leave the state poisoned.
///
/// One object belongs to one thread at a time. Movable, not copyable. Neither latency nor pre-roll.
class StreamingStack {
  public:
    /// Lays the model out for one instruction set and starts at equilibrium with all knobs at 0.
    ///
    /// [main-thread] Allocates. Throws std::invalid_argument where validate() does, where the sample rate
    /// lies outside 1 kHz to 1 MHz, or where this processor lacks the instruction set. \param sample_rate Hz;
    /// at another rate than the trained one the layers are refitted so that the model sounds the same
    /// (dsp/refit.h), which takes milliseconds
    StreamingStack(const StackParameters& parameters, double sample_rate,
                   InstructionSet set = default_instruction_set());

    /// The same from what discretise() has made of these parameters, so that several channels share it.
    StreamingStack(const StackParameters& parameters, const DiscreteStack& discrete,
                   InstructionSet set = default_instruction_set());

    /// Jumps to the equilibrium at input 0 with these knob values, in closed form: z = −v / δ, layer after
    /// layer. The output then starts where silence leaves it, without a thump or a pre-roll.
    ///
    /// [audio-thread] Allocates nothing; costs about one sample.
    /// \param knobs  values in [0, 1], clamped; what is missing or not a number stays as it was
    void reset(std::span<const float> knobs) noexcept CONTINUO_REALTIME;

    /// New knob targets. Each knob moves to its target in a straight line of 20 ms from the next sample on;
    /// naming the same targets again changes nothing. Costs time only while a knob moves.
    ///
    /// [audio-thread]
    /// \param targets  as in reset()
    void set_knobs(std::span<const float> targets) noexcept CONTINUO_REALTIME;

    /// Runs `frames` samples, full scale ±1. In place is allowed. Flush-to-zero is on during the call and
    /// restored.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing.
    void process(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME;

    /// Runs one sample: the same bits as process().
    /// [audio-thread]
    float step(float input) noexcept CONTINUO_REALTIME;

    /// [any-thread]
    InstructionSet instruction_set() const noexcept { return set_; }

  private:
    InstructionSet set_;
    const kernels::Table* table_;
    kernels::StackLayout layout_;
    KnobRamp knobs_;
    std::unique_ptr<float[]> knob_values_; // [sub_block][knobs]
    std::size_t position_ = 0;             // samples since the last reset, modulo sub_block
};

} // namespace continuo::dsp
