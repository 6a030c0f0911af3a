#pragma once

#include "dsp/discretise.h"
#include "dsp/instruction_set.h"
#include "dsp/kernels/aligned_memory.h"
#include "dsp/kernels/stack_kernel.h"
#include "dsp/stack_parameters.h"

#include <cstddef>

namespace continuo::dsp::kernels {

/// A stack laid out for one instruction set, with the memory that it points into.
class StackLayout {
  public:
    /// Sorts each channel's modes so that those which float cannot hold share as few rows as possible.
    /// [main-thread] Allocates. Throws std::invalid_argument where this processor lacks the instruction set.
    /// \param discrete  of these parameters
    StackLayout(const StackParameters& parameters, const DiscreteStack& discrete, InstructionSet set);

    const Stack& stack() const noexcept CONTINUO_REALTIME { return stack_; }

  private:
    Stack stack_{};
    AlignedMemory memory_;
};

/// Scratch memory for a thread that runs a layer of a stack while others run other layers.
class ScratchMemory {
  public:
    /// [main-thread] Allocates. \param stack  outlives this object
    explicit ScratchMemory(const Stack& stack);

    /// The stack, with this memory in place of its own x, v, s, slow_v, slow_s, drives and products.
    const Stack& stack() const noexcept CONTINUO_REALTIME { return stack_; }

  private:
    Stack stack_;
    AlignedMemory memory_;
};

/// Whether a mode is run in double precision: its time constant is beyond 14,400 samples (0.3 s at 48 kHz),
/// where float errs by more than some −110 dB, or rounding its section's coefficients to float could move its
/// response by 2e-6. \param delta_real, delta_imag  λ − 1 [any-thread] Allocates nothing. Source: measured
/// against double over frequency and Q.
bool needs_double(double delta_real, double delta_imag);

} // namespace continuo::dsp::kernels
