#pragma once

#include "dsp/oversampling/oversampled_model.h"
#include "dsp/streaming_stack.h"

namespace continuo::dsp {

extern template class OversampledModel<StreamingStack>;

/// A gated S4D stack at a multiple of the host's rate; eco is StreamingStack itself, bit for bit.
class OversampledStack : public OversampledModel<StreamingStack> {
  public:
    /// Starts at equilibrium with all knobs at 0.
    ///
    /// [main-thread] Allocates. Throws as StreamingStack's constructor does.
    /// \param sample_rate  of the host, Hz
    OversampledStack(const StackParameters& parameters, double sample_rate, Quality quality,
                     InstructionSet set = default_instruction_set());
};

} // namespace continuo::dsp
