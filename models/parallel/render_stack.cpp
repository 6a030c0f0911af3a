#include "models/parallel/render_stack.h"

#include "models/operations/equilibrium.h"

namespace continuo::parallel {

namespace {

dsp::StackParameters at_rate(dsp::StackParameters stack, double sample_rate) {
    stack.sample_rate = sample_rate;
    return stack;
}

} // namespace

PreparedRender::PreparedRender(const dsp::StackParameters& stack, double sample_rate,
                               std::span<const float> knobs)
    : prepared_(at_rate(stack, sample_rate), knobs), input_scale_(stack.input_scale),
      output_scale_(stack.output_scale) {
    const std::size_t layers = stack.shape.layers, modes = stack.shape.modes;
    operations::Equilibrium equilibrium(layers, prepared_.channels(), modes);
    equilibrium_.resize(layers * modes * 2 * prepared_.channels());
    operations::solve_rest(prepared_, equilibrium, equilibrium_.data());
}

RenderStack PreparedRender::view() const {
    return {prepared_.layout(), prepared_.values(), equilibrium_.data(),
            input_scale_,       output_scale_,      prepared_.decoder_bias()};
}

} // namespace continuo::parallel
