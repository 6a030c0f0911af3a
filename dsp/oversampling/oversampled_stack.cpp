#include "dsp/oversampling/oversampled_stack.h"

namespace continuo::dsp {

template class OversampledModel<StreamingStack>;

OversampledStack::OversampledStack(const StackParameters& parameters, double sample_rate, Quality quality,
                                   InstructionSet set)
    : OversampledModel(
          StreamingStack(parameters, sample_rate * double(oversampling_factor(quality, sample_rate)), set),
          quality, sample_rate) {}

} // namespace continuo::dsp
