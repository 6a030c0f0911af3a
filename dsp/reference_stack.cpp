#include "dsp/reference_stack.h"

#include "dsp/input_guard.h"

#include <cmath>

namespace continuo::dsp {

ReferenceStack::ReferenceStack(const StackParameters& parameters, double sample_rate)
    : parameters_(parameters), knobs_(parameters.shape.knobs, sample_rate) {
    const DiscreteStack discrete = discretise(parameters, sample_rate);
    const std::size_t channels = parameters.shape.channels;
    for (std::size_t l = 0; l < parameters.layers.size(); ++l)
        layers_.push_back({parameters.layers[l], discrete.layers[l],
                           std::vector<std::complex<double>>(discrete.layers[l].delta_real.size()),
                           std::vector<double>(channels), std::vector<double>(taps_per_channel * channels)});
    reset({});
}

/// u = (1 + F k) ∘ (W x) + b + W_k k
std::vector<double> ReferenceStack::argument(const Layer& layer, const std::vector<double>& x) const {
    const std::size_t channels = parameters_.shape.channels, knobs = parameters_.shape.knobs;
    const std::span<const float> values = knobs_.values();
    std::vector<double> u(channels);
    for (std::size_t to = 0; to < channels; ++to) {
        double mixed = 0.0, scale = 1.0, bias = layer.parameters.mixing_bias[to];
        for (std::size_t from = 0; from < channels; ++from)
            mixed += double(layer.parameters.mixing[to * channels + from]) * x[from];
        for (std::size_t k = 0; k < knobs; ++k) {
            scale += double(layer.parameters.knob_scale[to * knobs + k]) * values[k];
            bias += double(layer.parameters.knob_bias[to * knobs + k]) * values[k];
        }
        u[to] = scale * mixed + bias;
    }
    return u;
}

/// v = σ(u); the samples that the layer keeps move on.
void ReferenceStack::drive(Layer& layer, const std::vector<double>& x, std::vector<double>& v) const {
    const std::size_t channels = parameters_.shape.channels;
    const std::vector<double> u = argument(layer, x);
    for (std::size_t c = 0; c < channels; ++c)
        v[c] = parameters_.activation == Activation::tanh
                   ? std::tanh(u[c])
                   : (u[c] + layer.argument[c]) / (std::sqrt(1.0 + u[c] * u[c]) +
                                                   std::sqrt(1.0 + layer.argument[c] * layer.argument[c]));
    layer.argument = u;
    layer.past.insert(layer.past.begin(), v.begin(), v.end());
    layer.past.resize(taps_per_channel * channels);
}

/// s = Re Σ C' z + Σ_k D_k v[t − k], then x ← r ∘ x + s ∘ (1 + tanh(G s + b_g + G_k k))
void ReferenceStack::read_and_gate(const Layer& layer, std::vector<double>& x) const {
    const std::size_t channels = parameters_.shape.channels, knobs = parameters_.shape.knobs;
    const std::span<const float> values = knobs_.values();
    std::vector<double> s(channels, 0.0);
    for (std::size_t i = 0; i < layer.state.size(); ++i)
        s[i % channels] += layer.modes.readout_real[i] * layer.state[i].real() -
                           layer.modes.readout_imag[i] * layer.state[i].imag();
    for (std::size_t i = 0; i < layer.modes.taps.size(); ++i)
        s[i % channels] += double(layer.modes.taps[i]) * layer.past[i];
    for (std::size_t to = 0; to < channels; ++to) {
        double gate = layer.parameters.gate_bias[to];
        for (std::size_t from = 0; from < channels; ++from)
            gate += double(layer.parameters.gate[to * channels + from]) * s[from];
        for (std::size_t k = 0; k < knobs; ++k)
            gate += double(layer.parameters.knob_gate[to * knobs + k]) * values[k];
        x[to] = layer.parameters.skip[to] * x[to] + s[to] * (1.0 + std::tanh(gate));
    }
}

void ReferenceStack::reset(std::span<const float> knobs) {
    knobs_.jump(knobs);
    const std::size_t channels = parameters_.shape.channels;
    std::vector<double> x(channels, 0.0), v(channels);
    for (Layer& layer : layers_) {
        layer.argument = argument(layer, x);
        for (std::size_t k = 0; k < taps_per_channel; ++k)
            drive(layer, x, v);
        for (std::size_t i = 0; i < layer.state.size(); ++i)
            layer.state[i] =
                -v[i % channels] / std::complex<double>(layer.modes.delta_real[i], layer.modes.delta_imag[i]);
        read_and_gate(layer, x);
    }
}

void ReferenceStack::set_knobs(std::span<const float> targets) {
    knobs_.aim(targets);
}

double ReferenceStack::step(double input) {
    knobs_.advance();
    const std::size_t channels = parameters_.shape.channels;
    std::vector<double> x(channels), v(channels);
    const double sample = double(guarded_input(float(input)));
    for (std::size_t i = 0; i < channels; ++i)
        x[i] = double(parameters_.encoder[i]) * double(parameters_.input_scale) * sample;
    for (Layer& layer : layers_) {
        drive(layer, x, v);
        for (std::size_t i = 0; i < layer.state.size(); ++i)
            layer.state[i] +=
                std::complex<double>(layer.modes.delta_real[i], layer.modes.delta_imag[i]) * layer.state[i] +
                v[i % channels];
        read_and_gate(layer, x);
    }
    double output = parameters_.decoder_bias;
    for (std::size_t i = 0; i < channels; ++i)
        output += double(parameters_.decoder[i]) * x[i];
    return double(parameters_.output_scale) * output;
}

void ReferenceStack::process(const double* input, double* output, std::size_t frames) {
    for (std::size_t i = 0; i < frames; ++i)
        output[i] = step(input[i]);
}

} // namespace continuo::dsp
