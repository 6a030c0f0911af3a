#include "models/command/bench_models.h"

#include "models/common/errors.h"
#include "models/format/ssm_file.h"
#include "models/format/tier.h"

#include <cmath>
#include <numbers>
#include <random>
#include <utility>

namespace continuo::command {

namespace {

// The time of a model depends on its size and not on its values, so long as they are as lively as learned
// ones.
dsp::StackParameters lively_stack(const dsp::StackShape& shape, double sample_rate) {
    std::mt19937 random(1);
    const auto fill = [&](std::vector<float>& values, float range) {
        std::uniform_real_distribution<float> uniform(-range, range);
        for (float& value : values)
            value = uniform(random);
    };
    dsp::StackParameters stack = dsp::make_stack(shape, sample_rate);
    fill(stack.encoder, 1.0f);
    fill(stack.decoder, 0.3f);
    for (dsp::LayerParameters& layer : stack.layers) {
        const float width = 1.0f / std::sqrt(float(shape.channels));
        fill(layer.mixing, width);
        fill(layer.mixing_bias, 0.1f);
        fill(layer.readout_real, width);
        fill(layer.readout_imag, width);
        fill(layer.gate, width);
        fill(layer.skip, 0.9f);
        const std::size_t poles = layer.pole_decay.size();
        for (std::size_t i = 0; i < poles; ++i) {
            const double hertz = 20.0 * std::pow(0.4 * sample_rate / 20.0, double(i) / double(poles));
            layer.pole_decay[i] = float(2.0 * std::numbers::pi * hertz);
            layer.pole_frequency[i] = i % 2 == 0 ? layer.pole_decay[i] : 0.0f;
        }
    }
    return stack;
}

} // namespace

std::vector<BenchModel> bench_models(const std::string& file, const std::string& tier_name) {
    if (!file.empty() && !tier_name.empty())
        throw BadInput("--tier", "a model file is given as well", "give one of the two");
    if (!file.empty()) {
        Model model = read_model(file);
        return {{model.is_stack() ? model.tier : model.family(), std::move(model)}};
    }
    std::vector<BenchModel> result;
    for (const Tier& tier : tiers)
        if (tier_name.empty() || tier_name == tier.name) {
            Model model;
            model.network = lively_stack(tier.shape(0), 48000.0);
            result.push_back({std::string(tier.name), std::move(model)});
        }
    return result;
}

std::vector<float> bench_signal(std::size_t frames) {
    std::mt19937 random(2);
    std::normal_distribution<float> normal(0.0f, 0.2f);
    std::vector<float> signal(frames);
    for (float& sample : signal)
        sample = normal(random);
    return signal;
}

} // namespace continuo::command
