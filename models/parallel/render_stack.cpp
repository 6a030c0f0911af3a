#include "models/parallel/render_stack.h"

#include "models/operations/equilibrium.h"

#include <stdexcept>

namespace continuo::parallel {

std::string unfit_for_gpu(const dsp::StackShape& shape, dsp::Activation activation) {
    if (!fits_parallel(int(shape.channels), int(shape.modes)))
        return "the model has more than 16 channels or more than 16 modes";
    if (activation != dsp::Activation::tanh)
        return "the kernels for a GPU do not have the model's anti-aliased activation";
    return {};
}

namespace {

const dsp::StackParameters& checked(const dsp::StackParameters& stack) {
    if (const std::string reason = unfit_for_gpu(stack.shape, stack.activation); !reason.empty())
        throw std::invalid_argument(reason);
    return stack;
}

} // namespace

PreparedRender::PreparedRender(const dsp::StackParameters& stack, std::span<const float> knobs)
    : prepared_(checked(stack), knobs), input_scale_(stack.input_scale), output_scale_(stack.output_scale) {
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
