#include "models/operations/stack_gradient.h"

#include "dsp/discretise.h"
#include "dsp/realtime.h"
#include "models/operations/coefficient_gradient.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace continuo::operations {

namespace {

constexpr std::size_t most_channels = 16;

} // namespace

std::size_t padded_channels(std::size_t channels) {
    if (channels > most_channels)
        throw std::invalid_argument("the trainer takes up to " + std::to_string(most_channels) +
                                    " channels, not " + std::to_string(channels));
    return channels <= 8 ? 8 : 16;
}

namespace {

const StackGradientKernel& kernel_for(dsp::InstructionSet set) {
    switch (set) {
#if defined(__x86_64__) || defined(_M_X64)
    case dsp::InstructionSet::avx512:
        return stack_gradient_kernel_avx512();
    case dsp::InstructionSet::avx2:
        return stack_gradient_kernel_avx2();
    case dsp::InstructionSet::sse2:
        return stack_gradient_kernel_sse2();
#elif defined(__aarch64__) || defined(_M_ARM64)
    case dsp::InstructionSet::neon:
        return stack_gradient_kernel_neon();
#endif
    default:
        throw std::invalid_argument("the trainer was not built for " + std::string(dsp::name(set)));
    }
}

} // namespace

PreparedStack::PreparedStack(const dsp::StackParameters& stack, std::span<const float> knobs)
    : shape_(stack.shape),
      channels_(padded_channels(stack.shape.channels)), layout_{int(stack.shape.layers), int(channels_),
                                                                int(stack.shape.modes)},
      decoder_bias_(stack.decoder_bias), anti_aliased_(stack.activation == dsp::Activation::isru),
      values_(std::size_t(layout_.size()), 0.0f) {
    if (knobs.size() != stack.shape.knobs)
        throw std::invalid_argument("the stack has " + std::to_string(stack.shape.knobs) + " knobs, not " +
                                    std::to_string(knobs.size()));
    const std::size_t h = stack.shape.channels, k = stack.shape.knobs;
    std::copy(stack.encoder.begin(), stack.encoder.end(), values_.begin() + layout_.encoder());
    std::copy(stack.decoder.begin(), stack.decoder.end(), values_.begin() + layout_.decoder());
    for (std::size_t l = 0; l < stack.shape.layers; ++l) {
        const dsp::LayerParameters& layer = stack.layers[l];
        float* block = values_.data() + layout_.layer(int(l));
        for (std::size_t to = 0; to < h; ++to) {
            float scale = 1.0f, bias = layer.mixing_bias[to], gate_bias = layer.gate_bias[to];
            for (std::size_t knob = 0; knob < k; ++knob) {
                scale += layer.knob_scale[to * k + knob] * knobs[knob];
                bias += layer.knob_bias[to * k + knob] * knobs[knob];
                gate_bias += layer.knob_gate[to * k + knob] * knobs[knob];
            }
            block[std::size_t(layout_.mixing_bias()) + to] = bias;
            block[std::size_t(layout_.gate_bias()) + to] = gate_bias;
            block[std::size_t(layout_.skip()) + to] = layer.skip[to];
            for (std::size_t from = 0; from < h; ++from) {
                const float mixing = scale * layer.mixing[to * h + from], gate = layer.gate[to * h + from];
                block[std::size_t(layout_.mixing_columns()) + from * channels_ + to] = mixing;
                block[std::size_t(layout_.mixing_rows()) + to * channels_ + from] = mixing;
                block[std::size_t(layout_.gate_columns()) + from * channels_ + to] = gate;
                block[std::size_t(layout_.gate_rows()) + to * channels_ + from] = gate;
            }
        }
        const dsp::DiscreteModes modes = dsp::discretise(layer, stack.sample_rate);
        const std::vector<float>* tensors[] = {&modes.delta_real, &modes.delta_imag, &modes.readout_real,
                                               &modes.readout_imag};
        for (std::size_t which = 0; which < 4; ++which)
            for (std::size_t mode = 0; mode < stack.shape.modes; ++mode)
                std::copy_n(tensors[which]->begin() + std::ptrdiff_t(mode * h), h,
                            block + layout_.mode_values(int(which)) + mode * channels_);
    }
}

LayerCoefficients PreparedStack::layer(std::size_t index) const {
    const float* block = values_.data() + layout_.layer(int(index));
    return {block + layout_.mixing_columns(), block + layout_.mixing_rows(),  block + layout_.mixing_bias(),
            block + layout_.mode_values(0),   block + layout_.mode_values(1), block + layout_.mode_values(2),
            block + layout_.mode_values(3),   block + layout_.skip(),         block + layout_.gate_columns(),
            block + layout_.gate_rows(),      block + layout_.gate_bias(),    anti_aliased_};
}

void solve_rest(const PreparedStack& stack, Equilibrium& equilibrium, double* states) {
    std::vector<float> state(2 * stack.shape().modes * stack.channels());
    equilibrium.begin();
    for (std::size_t layer = 0; layer < stack.shape().layers; ++layer) {
        equilibrium.solve(stack.layer(layer), state);
        if (states != nullptr)
            std::copy(state.begin(), state.end(), states + layer * state.size());
    }
}

SequenceWorkspace::SequenceWorkspace(const dsp::StackShape& shape, std::size_t frames)
    : layout_(shape), channels_(padded_channels(shape.channels)),
      frames_(frames), sum_layout_{{int(shape.layers), int(channels_), int(shape.modes)}},
      equilibrium_(shape.layers, channels_, shape.modes) {
    const std::size_t signal = channels_ * frames, modes = 2 * shape.modes * channels_;
    inputs_.resize((shape.layers + 1) * signal);
    arguments_.resize(shape.layers * (signal + channels_));
    before_.resize(channels_);
    for (AlignedFloats* buffer : {&activations_, &sums_, &gates_})
        buffer->resize(shape.layers * signal);
    for (AlignedFloats* buffer : {&output_gradient_, &sum_gradient_, &value_gradient_})
        buffer->resize(signal);
    states_.resize(shape.layers * (frames / state_chunk + 1) * modes);
    state_.resize(modes);
    adjoint_.resize(modes);
    chunk_states_.resize((state_chunk + 1) * 8 * channels_);
    gradients_.resize(std::size_t(sum_layout_.size()));
    sums_of_gradient_.resize(gradients_.size());
}

void SequenceWorkspace::check(const dsp::StackShape& shape, std::size_t frames) const {
    if (shape != layout_.shape() || frames > frames_)
        throw std::invalid_argument("the workspace was made for another shape or for shorter sequences");
}

LayerTrace SequenceWorkspace::trace(std::size_t layer) {
    const std::size_t signal = layer * channels_ * frames_;
    const std::size_t states = layer * (frames_ / state_chunk + 1) * 2 * layout_.shape().modes * channels_;
    return {inputs_.data() + signal,      arguments_.data() + signal + layer * channels_,
            activations_.data() + signal, sums_.data() + signal,
            gates_.data() + signal,       states_.data() + states};
}

LayerCoefficientGradients SequenceWorkspace::layer_gradients(std::size_t layer) {
    return layer_sums(gradients_.data(), sum_layout_, layer);
}

StackGradient::StackGradient(dsp::InstructionSet set) : kernel_(kernel_for(set)) {}

void StackGradient::forward(const PreparedStack& stack, std::span<const float> input, std::span<float> output,
                            SequenceWorkspace& workspace) const {
    workspace.check(stack.shape(), input.size());
    const dsp::ScopedFlushToZero flush_to_zero;
    const std::size_t h = stack.channels(), n = stack.shape().modes, frames = input.size();
    float* first = workspace.trace(0).input;
    for (std::size_t t = 0; t < frames; ++t)
        for (std::size_t c = 0; c < h; ++c)
            first[t * h + c] = stack.encoder()[c] * input[t];

    workspace.equilibrium_.begin();
    for (std::size_t l = 0; l < stack.shape().layers; ++l) {
        const LayerCoefficients layer = stack.layer(l);
        workspace.equilibrium_.solve(layer, workspace.state_, workspace.trace(l).argument);
        kernel_.layer_forward(layer, h, n, frames, workspace.state_.data(), workspace.trace(l),
                              workspace.trace(l + 1).input);
    }

    const float* last = workspace.trace(stack.shape().layers).input;
    for (std::size_t t = 0; t < frames; ++t) {
        float sum = stack.decoder_bias();
        for (std::size_t c = 0; c < h; ++c)
            sum += stack.decoder()[c] * last[t * h + c];
        output[t] = sum;
    }
}

void StackGradient::backward(const dsp::StackParameters& parameters, const PreparedStack& stack,
                             std::span<const float> knobs, std::span<const float> input, std::size_t first,
                             std::span<const float> output_gradient, SequenceWorkspace& workspace,
                             std::span<double> gradient) const {
    workspace.check(parameters.shape, input.size());
    if (first % state_chunk != 0)
        throw std::invalid_argument("the warm-up of a gradient must be a multiple of " +
                                    std::to_string(state_chunk) + " samples, not " + std::to_string(first));
    const dsp::ScopedFlushToZero flush_to_zero;
    const std::size_t padded = stack.channels(), n = parameters.shape.modes, layers = parameters.shape.layers,
                      frames = input.size();
    std::fill(workspace.gradients_.begin(), workspace.gradients_.end(), 0.0f);
    float* encoder_gradient = workspace.gradients_.data() + workspace.sum_layout_.encoder();
    float* decoder_gradient = workspace.gradients_.data() + workspace.sum_layout_.decoder();

    const float* last = workspace.trace(layers).input;
    double bias_gradient = 0.0;
    for (std::size_t t = first; t < frames; ++t) {
        const float g = output_gradient[t];
        bias_gradient += g;
        for (std::size_t c = 0; c < padded; ++c) {
            decoder_gradient[c] += g * last[t * padded + c];
            workspace.output_gradient_[t * padded + c] = g * stack.decoder()[c];
        }
    }
    const LayerBackwardScratch scratch{workspace.output_gradient_.data(), workspace.sum_gradient_.data(),
                                       workspace.value_gradient_.data(),  workspace.chunk_states_.data(),
                                       workspace.adjoint_.data(),         workspace.before_.data()};
    workspace.equilibrium_.begin_backward();
    for (std::size_t l = layers; l-- > 0;) {
        kernel_.layer_backward(stack.layer(l), padded, n, first, frames, workspace.trace(l), scratch,
                               workspace.layer_gradients(l));
        if (first == 0)
            workspace.equilibrium_.backward(l, stack.layer(l), workspace.adjoint_.data(),
                                            workspace.before_.data(), workspace.layer_gradients(l));
    }
    for (std::size_t t = first; t < frames; ++t)
        for (std::size_t c = 0; c < padded; ++c)
            encoder_gradient[c] += input[t] * workspace.output_gradient_[t * padded + c];

    std::vector<double>& sums = workspace.sums_of_gradient_;
    std::copy(workspace.gradients_.begin(), workspace.gradients_.end(), sums.begin());
    sums[std::size_t(workspace.sum_layout_.decoder_bias())] = bias_gradient;
    add_coefficient_gradient(parameters, knobs, workspace.layout_, workspace.sum_layout_, sums, gradient);
}

} // namespace continuo::operations
