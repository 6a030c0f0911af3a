#include "dsp/stack_parameters.h"

#include "dsp/expect_range.h"

#include <cmath>
#include <initializer_list>
#include <numbers>
#include <stdexcept>
#include <string>

namespace continuo::dsp {

StackParameters make_stack(const StackShape& shape, double sample_rate) {
    const std::size_t h = shape.channels, modes = shape.modes * h, knobs = h * shape.knobs;
    StackParameters stack;
    stack.shape = shape;
    stack.sample_rate = sample_rate;
    stack.encoder.assign(h, 0.0f);
    stack.decoder.assign(h, 0.0f);
    LayerParameters layer;
    for (auto* matrix : {&layer.mixing, &layer.gate})
        matrix->assign(h * h, 0.0f);
    for (auto* vector : {&layer.mixing_bias, &layer.skip, &layer.gate_bias})
        vector->assign(h, 0.0f);
    for (auto* knob : {&layer.knob_scale, &layer.knob_bias, &layer.knob_gate})
        knob->assign(knobs, 0.0f);
    for (auto* mode : {&layer.pole_frequency, &layer.readout_real, &layer.readout_imag})
        mode->assign(modes, 0.0f);
    layer.pole_decay.assign(modes, 1.0f);
    stack.layers.assign(shape.layers, layer);
    return stack;
}

std::size_t parameter_count(const StackShape& shape) {
    const std::size_t h = shape.channels;
    const std::size_t layer = 2 * h * h + 3 * h + 4 * shape.modes * h + 3 * h * shape.knobs;
    return shape.layers * layer + 2 * h + 1;
}

namespace {

void expect_tensor(const char* name, const std::vector<float>& tensor, std::size_t size) {
    if (tensor.size() != size)
        throw std::invalid_argument(std::string("tensor ") + name + " holds " +
                                    std::to_string(tensor.size()) + " values where the shape asks for " +
                                    std::to_string(size));
    for (const float value : tensor)
        if (!std::isfinite(value))
            throw std::invalid_argument(std::string("tensor ") + name + " holds a value that is not finite");
}

} // namespace

void validate(const StackParameters& stack) {
    const StackShape& shape = stack.shape;
    expect_range("layers", shape.layers, 1, 64);
    expect_range("channels", shape.channels, 1, 64);
    expect_range("modes", shape.modes, 1, 64);
    expect_range("knobs", shape.knobs, 0, 16);
    if (!(stack.sample_rate >= 1000.0 && stack.sample_rate <= 1e6))
        throw std::invalid_argument("the sample rate is outside 1 kHz to 1 MHz");
    if (!std::isfinite(stack.input_scale) || !std::isfinite(stack.output_scale) ||
        !std::isfinite(stack.decoder_bias))
        throw std::invalid_argument("a scale or the output bias is not finite");
    const std::size_t h = shape.channels, modes = shape.modes * h, knobs = h * shape.knobs;
    expect_tensor("encoder", stack.encoder, h);
    expect_tensor("decoder", stack.decoder, h);
    if (stack.layers.size() != shape.layers)
        throw std::invalid_argument("there are " + std::to_string(stack.layers.size()) +
                                    " layers where the shape asks for " + std::to_string(shape.layers));
    const double nyquist = std::numbers::pi * stack.sample_rate;
    for (const LayerParameters& layer : stack.layers) {
        expect_tensor("mixing", layer.mixing, h * h);
        expect_tensor("mixing_bias", layer.mixing_bias, h);
        expect_tensor("knob_scale", layer.knob_scale, knobs);
        expect_tensor("knob_bias", layer.knob_bias, knobs);
        expect_tensor("pole_decay", layer.pole_decay, modes);
        expect_tensor("pole_frequency", layer.pole_frequency, modes);
        expect_tensor("readout_real", layer.readout_real, modes);
        expect_tensor("readout_imag", layer.readout_imag, modes);
        expect_tensor("skip", layer.skip, h);
        expect_tensor("gate", layer.gate, h * h);
        expect_tensor("gate_bias", layer.gate_bias, h);
        expect_tensor("knob_gate", layer.knob_gate, knobs);
        for (const float decay : layer.pole_decay)
            if (!(decay > 0.0f))
                throw std::invalid_argument(
                    "a pole does not decay: every value of pole_decay must be above zero");
        for (const float frequency : layer.pole_frequency)
            if (!(frequency >= 0.0f && double(frequency) < nyquist))
                throw std::invalid_argument("a pole lies outside 0 Hz to half of the sample rate");
    }
}

} // namespace continuo::dsp
