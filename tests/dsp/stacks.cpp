#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace continuo::dsp {

StackParameters random_stack(const StackShape& shape, double sample_rate, std::uint64_t seed) {
    Random random(seed);
    StackParameters stack = make_stack(shape, sample_rate);
    const double spread = 1.0 / std::sqrt(double(shape.channels));
    const auto fill = [&](std::vector<float>& values, double deviation) {
        for (float& value : values)
            value = random.around_zero(deviation);
    };
    stack.input_scale = 1.3f;
    stack.output_scale = 0.7f;
    stack.decoder_bias = 0.05f;
    fill(stack.encoder, 1.0);
    fill(stack.decoder, spread);
    for (LayerParameters& layer : stack.layers) {
        fill(layer.mixing, spread);
        fill(layer.mixing_bias, 0.3);
        fill(layer.gate, 0.5 * spread);
        fill(layer.gate_bias, 0.3);
        fill(layer.knob_scale, 0.5);
        fill(layer.knob_bias, 0.5);
        fill(layer.knob_gate, 0.5);
        for (float& skip : layer.skip)
            skip = 0.5f + random.around_zero(0.3);
        for (std::size_t i = 0; i < layer.pole_decay.size(); ++i) {
            const std::size_t mode = i / shape.channels;
            if (mode == 1) {
                layer.pole_decay[i] = float(random.between(0.5, 3.0));
                layer.pole_frequency[i] = 0.0f;
            } else if (mode % 2 == 0) {
                layer.pole_decay[i] =
                    float(2.0 * std::numbers::pi * std::pow(16000.0, random.between(0.0, 1.0)));
                layer.pole_frequency[i] = 0.0f;
            } else {
                const double rate =
                    2.0 * std::numbers::pi * 20.0 * std::pow(900.0, random.between(0.0, 1.0)); // rad/s
                const double q = 0.2 * std::pow(10.0, random.between(0.0, 1.0));
                layer.pole_decay[i] = float(rate / (2.0 * q));
                layer.pole_frequency[i] = float(std::min(rate, 0.9 * std::numbers::pi * sample_rate));
            }
            layer.readout_real[i] = random.around_zero(1.0 / std::sqrt(double(shape.modes)));
            layer.readout_imag[i] = random.around_zero(1.0 / std::sqrt(double(shape.modes)));
        }
    }
    return stack;
}

StackParameters one_pole(double decay, double frequency, float readout_real, float readout_imag,
                         double sample_rate) {
    StackParameters stack = make_stack({1, 1, 1, 0}, sample_rate);
    stack.encoder = stack.decoder = {1.0f};
    LayerParameters& layer = stack.layers[0];
    layer.mixing = {0.5f};
    layer.pole_decay = {float(decay)};
    layer.pole_frequency = {float(frequency)};
    layer.readout_real = {readout_real};
    layer.readout_imag = {readout_imag};
    return stack;
}

std::vector<float> test_signal(std::size_t frames, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> signal(frames);
    for (std::size_t i = 0; i < frames; ++i) {
        const double level = i % 4000 < 1000 ? 1.0 : 0.1;
        signal[i] = float(level * (random.between(-1.0, 1.0) + std::sin(0.02 * double(i))));
    }
    return signal;
}

std::vector<float> run(StreamingStack& stack, const std::vector<float>& input, std::size_t block) {
    std::vector<float> output(input.size());
    for (std::size_t i = 0; i < input.size(); i += block)
        stack.process(input.data() + i, output.data() + i, std::min(block, input.size() - i));
    return output;
}

std::vector<double> run(ReferenceStack& stack, const std::vector<float>& input) {
    std::vector<double> output(input.begin(), input.end());
    stack.process(output.data(), output.data(), output.size());
    return output;
}

Difference difference(const std::vector<float>& output, const std::vector<double>& reference) {
    double largest = 0.0, largest_error = 0.0, power = 0.0, error_power = 0.0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double error = double(output[i]) - reference[i];
        if (!std::isfinite(error))
            return {INFINITY, INFINITY};
        largest = std::max(largest, std::abs(reference[i]));
        largest_error = std::max(largest_error, std::abs(error));
        power += reference[i] * reference[i];
        error_power += error * error;
    }
    return {largest_error / largest, 10.0 * std::log10(error_power / power)};
}

std::string describe(const StackShape& shape, InstructionSet set) {
    return std::to_string(shape.layers) + " x " + std::to_string(shape.channels) + " x " +
           std::to_string(shape.modes) + ", " + std::to_string(shape.knobs) + " knobs, " +
           std::string(name(set));
}

} // namespace continuo::dsp
