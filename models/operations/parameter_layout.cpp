#include "models/operations/parameter_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace continuo::operations {

const double highest_log_frequency = std::log(0.9 * std::numbers::pi);

ParameterLayout::ParameterLayout(const dsp::StackShape& shape) : shape_(shape) {
    const auto place = [this](const char* name, int layer, std::size_t rows, std::size_t columns) {
        const std::size_t offset = size_;
        tensors_.push_back({name, layer, offset, rows, columns});
        size_ += rows * columns;
        return offset;
    };
    const std::size_t h = shape.channels, n = shape.modes, k = shape.knobs;
    place("encoder", -1, 1, h);
    place("decoder", -1, 1, h);
    place("decoder_bias", -1, 1, 1);
    for (std::size_t index = 0; index < shape.layers; ++index) {
        const int l = int(index);
        Layer layer{};
        layer.mixing = place("mixing", l, h, h);
        layer.mixing_bias = place("mixing_bias", l, 1, h);
        layer.knob_scale = place("knob_scale", l, h, k);
        layer.knob_bias = place("knob_bias", l, h, k);
        layer.pole_decay = place("pole_decay", l, n, h);
        layer.pole_frequency = place("pole_frequency", l, n, h);
        layer.readout_real = place("readout_real", l, n, h);
        layer.readout_imag = place("readout_imag", l, n, h);
        layer.skip = place("skip", l, 1, h);
        layer.gate = place("gate", l, h, h);
        layer.gate_bias = place("gate_bias", l, 1, h);
        layer.knob_gate = place("knob_gate", l, h, k);
        layers_.push_back(layer);
    }
}

namespace {

/// Calls visit(tensor of the layer, its offset) for all tensors but the poles, in the layout's order.
template <class Layer, class Visit>
void for_each_linear_tensor(Layer& layer, const ParameterLayout::Layer& at, Visit visit) {
    visit(layer.mixing, at.mixing);
    visit(layer.mixing_bias, at.mixing_bias);
    visit(layer.knob_scale, at.knob_scale);
    visit(layer.knob_bias, at.knob_bias);
    visit(layer.readout_real, at.readout_real);
    visit(layer.readout_imag, at.readout_imag);
    visit(layer.skip, at.skip);
    visit(layer.gate, at.gate);
    visit(layer.gate_bias, at.gate_bias);
    visit(layer.knob_gate, at.knob_gate);
}

} // namespace

LearnedBounds learned_bounds(const dsp::StackShape& shape) {
    const ParameterLayout layout(shape);
    constexpr double none = std::numeric_limits<double>::infinity();
    LearnedBounds bounds{std::vector<double>(layout.size(), -none), std::vector<double>(layout.size(), none)};
    for (std::size_t l = 0; l < shape.layers; ++l)
        for (std::size_t i = 0; i < shape.modes * shape.channels; ++i) {
            const ParameterLayout::Layer& at = layout.layer(l);
            bounds.lowest[at.pole_decay + i] = bounds.lowest[at.pole_frequency + i] = lowest_log_pole;
            bounds.highest[at.pole_decay + i] = highest_log_decay;
            bounds.highest[at.pole_frequency + i] = highest_log_frequency;
        }
    return bounds;
}

std::vector<double> to_learned(const dsp::StackParameters& stack) {
    const ParameterLayout layout(stack.shape);
    std::vector<double> learned(layout.size());
    const auto copy = [&](const std::vector<float>& tensor, std::size_t at) {
        std::copy(tensor.begin(), tensor.end(), learned.begin() + std::ptrdiff_t(at));
    };
    copy(stack.encoder, layout.encoder());
    copy(stack.decoder, layout.decoder());
    learned[layout.decoder_bias()] = stack.decoder_bias;
    for (std::size_t l = 0; l < stack.shape.layers; ++l) {
        const dsp::LayerParameters& layer = stack.layers[l];
        const ParameterLayout::Layer& at = layout.layer(l);
        for_each_linear_tensor(layer, at, copy);
        for (std::size_t i = 0; i < layer.pole_decay.size(); ++i) {
            learned[at.pole_decay + i] = std::clamp(std::log(layer.pole_decay[i] / stack.sample_rate),
                                                    lowest_log_pole, highest_log_decay);
            learned[at.pole_frequency + i] = std::clamp(std::log(layer.pole_frequency[i] / stack.sample_rate),
                                                        lowest_log_pole, highest_log_frequency);
        }
    }
    return learned;
}

void from_learned(std::span<const double> learned, dsp::StackParameters& stack) {
    const ParameterLayout layout(stack.shape);
    const auto copy = [&](std::vector<float>& tensor, std::size_t at) {
        for (std::size_t i = 0; i < tensor.size(); ++i)
            tensor[i] = float(learned[at + i]);
    };
    copy(stack.encoder, layout.encoder());
    copy(stack.decoder, layout.decoder());
    stack.decoder_bias = float(learned[layout.decoder_bias()]);
    for (std::size_t l = 0; l < stack.shape.layers; ++l) {
        dsp::LayerParameters& layer = stack.layers[l];
        const ParameterLayout::Layer& at = layout.layer(l);
        for_each_linear_tensor(layer, at, copy);
        for (std::size_t i = 0; i < layer.pole_decay.size(); ++i) {
            const double p = std::clamp(learned[at.pole_decay + i], lowest_log_pole, highest_log_decay);
            const double q =
                std::clamp(learned[at.pole_frequency + i], lowest_log_pole, highest_log_frequency);
            layer.pole_decay[i] = float(std::exp(p) * stack.sample_rate);
            layer.pole_frequency[i] = float(std::exp(q) * stack.sample_rate);
        }
    }
}

} // namespace continuo::operations
