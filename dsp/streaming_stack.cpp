#include "dsp/streaming_stack.h"

#include "dsp/input_guard.h"

#include <algorithm>

namespace continuo::dsp {

StreamingStack::StreamingStack(const StackParameters& parameters, double sample_rate, InstructionSet set)
    : StreamingStack(parameters, discretise(parameters, sample_rate), set) {}

StreamingStack::StreamingStack(const StackParameters& parameters, const DiscreteStack& discrete,
                               InstructionSet set)
    : set_(set), table_(&kernels::table(set)), layout_(parameters, discrete, set),
      knobs_(parameters.shape.knobs, discrete.sample_rate),
      knob_values_(
          std::make_unique<float[]>(kernels::sub_block * std::max<std::size_t>(1, parameters.shape.knobs))) {
    reset({});
}

void StreamingStack::reset(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    knobs_.jump(knobs);
    table_->set_drive(layout_.stack(), knobs_.values().data());
    table_->settle(layout_.stack());
    position_ = 0;
}

void StreamingStack::set_knobs(std::span<const float> targets) noexcept CONTINUO_REALTIME {
    knobs_.aim(targets);
}

void StreamingStack::process(const float* input, float* output,
                             std::size_t frames) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    float guarded[kernels::sub_block];
    while (frames > 0) {
        // The kernels tidy their state every sub_block samples of the signal, however the host cuts it.
        std::size_t count = std::min(frames, kernels::sub_block - position_);
        const float* knobs = nullptr;
        if (knobs_.moving()) {
            count = std::min(count, knobs_.remaining());
            float* values = knob_values_.get();
            for (std::size_t t = 0; t < count; ++t)
                for (const float value : knobs_.advance())
                    *values++ = value;
            knobs = knob_values_.get();
        }
        for (std::size_t t = 0; t < count; ++t)
            guarded[t] = guarded_input(input[t]);
        table_->run(layout_.stack(), guarded, output, count, knobs, position_ == 0);
        position_ = (position_ + count) % kernels::sub_block;
        if (knobs != nullptr && !knobs_.moving())
            table_->set_drive(layout_.stack(), knobs_.values().data());
        input += count;
        output += count;
        frames -= count;
    }
}

float StreamingStack::step(float input) noexcept CONTINUO_REALTIME {
    float output = 0.0f;
    process(&input, &output, 1);
    return output;
}

} // namespace continuo::dsp
