#include "tests/operations/example_stack.h"

#include "models/operations/parameter_layout.h"

#include <cmath>
#include <numbers>
#include <random>

namespace continuo::operations {

namespace {

/// Uniform in [low, high): std::uniform_real_distribution differs from one standard library to another.
double uniform(std::mt19937& random, double low, double high) {
    return low + (high - low) * double(random()) / 4294967296.0;
}

double log_uniform(std::mt19937& random, double low, double high) {
    return low * std::pow(high / low, uniform(random, 0.0, 1.0));
}

} // namespace

dsp::StackParameters example_stack(const dsp::StackShape& shape, std::uint32_t seed) {
    std::mt19937 random(seed);
    dsp::StackParameters stack = dsp::make_stack(shape, 48000.0);
    const auto fill = [&](std::vector<float>& tensor, double size) {
        for (float& value : tensor)
            value = float(uniform(random, -size, size));
    };
    const double per_channel = 1.0 / std::sqrt(double(shape.channels));
    fill(stack.encoder, 1.5);
    fill(stack.decoder, 1.5 * per_channel);
    stack.decoder_bias = float(uniform(random, -0.1, 0.1));
    for (dsp::LayerParameters& layer : stack.layers) {
        fill(layer.mixing, 2.0 * per_channel);
        fill(layer.mixing_bias, 0.3);
        fill(layer.knob_scale, 0.5);
        fill(layer.knob_bias, 0.5);
        fill(layer.readout_real, 1.5 / std::sqrt(double(shape.modes)));
        fill(layer.readout_imag, 1.5 / std::sqrt(double(shape.modes)));
        fill(layer.skip, 1.0);
        fill(layer.gate, 1.5 * per_channel);
        fill(layer.gate_bias, 0.3);
        fill(layer.knob_gate, 0.5);
        for (std::size_t i = 0; i < layer.pole_decay.size(); ++i) {
            if (i / shape.channels % 2 == 0) {
                const double frequency = 2.0 * std::numbers::pi * log_uniform(random, 20.0, 18000.0);
                layer.pole_frequency[i] = float(frequency);
                layer.pole_decay[i] = float(frequency / (2.0 * uniform(random, 0.2, 1.0)));
            } else {
                layer.pole_decay[i] = float(2.0 * std::numbers::pi * log_uniform(random, 0.3, 16000.0));
                layer.pole_frequency[i] = 0.0f;
            }
        }
    }
    from_learned(to_learned(stack), stack); // puts the poles inside the trainer's limits
    return stack;
}

std::vector<float> example_signal(std::size_t frames, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<float> signal(frames);
    double level = 0.0, smooth = 0.0;
    for (std::size_t t = 0; t < frames; ++t) {
        if (t % 500 == 0)
            level = t % 1500 == 500 ? 0.0 : log_uniform(random, 0.05, 1.0);
        level *= 0.999;
        smooth += 0.3 * (uniform(random, -2.0, 2.0) - smooth);
        signal[t] = float(level * smooth);
    }
    return signal;
}

std::vector<float> example_noise(std::size_t frames, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<float> noise(frames);
    for (float& value : noise)
        value = float(uniform(random, -std::sqrt(3.0), std::sqrt(3.0)));
    return noise;
}

std::vector<float> example_knobs(std::size_t knobs) {
    std::vector<float> values;
    for (std::size_t k = 0; k < knobs; ++k)
        values.push_back(0.2f + 0.7f * float(k) / float(knobs));
    return values;
}

} // namespace continuo::operations
