#include "dsp/layered_stack.h"

#include "dsp/input_guard.h"
#include "dsp/knob_ramp.h"

#include <algorithm>

namespace continuo::dsp {

LayeredStack::LayeredStack(const StackParameters& parameters, const DiscreteStack& discrete,
                           std::span<const float> knobs, InstructionSet set)
    : table_(&kernels::table(set)), layout_(parameters, discrete, set) {
    for (std::size_t layer = 0; layer < layout_.stack().layers; ++layer)
        scratch_.emplace_back(layout_.stack());
    const ScopedFlushToZero flush_to_zero;
    KnobRamp accepted(parameters.shape.knobs, discrete.sample_rate);
    accepted.jump(knobs);
    table_->set_drive(layout_.stack(), accepted.values().data());
    table_->settle(layout_.stack());
}

void LayeredStack::run_layer(std::size_t layer, const Piece& piece) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    kernels::Stack stack = scratch_[layer].stack();
    float guarded[kernels::sub_block];
    for (std::size_t begin = 0; begin < piece.frames; begin += kernels::sub_block) {
        const std::size_t count = std::min(kernels::sub_block, piece.frames - begin);
        stack.x = piece.between + begin * stack.padded;
        if (layer == 0) {
            for (std::size_t t = 0; t < count; ++t)
                guarded[t] = guarded_input(piece.input[begin + t]);
            table_->encode(stack, guarded, count);
        }
        table_->run_layer(stack, stack.layer[layer], count, nullptr, true);
        if (layer + 1 == stack.layers)
            table_->decode(stack, piece.output + begin, count);
    }
}

} // namespace continuo::dsp
