#include "tests/format/example_model.h"

#include <random>

namespace continuo::tests {

Model example_model(std::size_t knobs, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto fill = [&](std::vector<float>& values, float low, float high) {
        std::uniform_real_distribution<float> uniform(low, high);
        for (float& value : values)
            value = uniform(random);
    };
    Model model;
    model.network = dsp::make_stack({2, 4, 3, knobs}, 48000.0);
    model.stack().input_scale = 0.7f;
    model.stack().output_scale = 1.0f / 3.0f;
    model.stack().decoder_bias = -1e-5f;
    fill(model.stack().encoder, -1.0f, 1.0f);
    fill(model.stack().decoder, -0.5f, 0.5f);
    for (dsp::LayerParameters& layer : model.stack().layers) {
        for (auto* values :
             {&layer.mixing, &layer.mixing_bias, &layer.knob_scale, &layer.knob_bias, &layer.readout_real,
              &layer.readout_imag, &layer.gate, &layer.gate_bias, &layer.knob_gate})
            fill(*values, -0.4f, 0.4f);
        fill(layer.pole_decay, 1.0f, 20000.0f);
        fill(layer.pole_frequency, 0.0f, 100000.0f);
        fill(layer.skip, 0.0f, 0.9f);
    }
    model.tier = "custom";
    model.name = "Grüner \"Treter\"";
    model.device = "an overdrive";
    model.author = "someone";
    model.licence = "CC0-1.0";
    for (std::size_t k = 0; k < knobs; ++k)
        model.knobs.push_back({"knob " + std::to_string(k), 0.05f * float(k)});
    model.training = {{{"dry.wav, wet.wav", "0123456789abcdef", 25.5}},
                      61.25,
                      1.0 / 7000.0,
                      ~std::uint64_t{0},
                      1200,
                      "0.1.0"};
    model.loudness_lufs = -17.3;
    model.input_dbu = 12.5;
    model.output_dbu = 4.0;
    return model;
}

namespace {

template <typename Parameters>
void fill(Parameters& to, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<float> uniform(0.0f, 1.0f);
    to.input_scale = 3.0f;
    for_each_gain_tensor(to.shape, to.tensors,
                         [&](const char*, const auto&, std::vector<float>& values, dsp::GainTensorKind kind) {
                             for (float& value : values)
                                 value = kind == dsp::GainTensorKind::positive ? 0.01f + uniform(random)
                                         : kind == dsp::GainTensorKind::share  ? uniform(random)
                                                                               : uniform(random) - 0.5f;
                         });
}

} // namespace

Model example_gain_model(std::size_t knobs, std::uint64_t seed) {
    Model model = example_model(knobs, seed);
    model.network = dsp::make_gain({3, 2, 4, 2, knobs}, 48000.0);
    fill(model.gain(), seed);
    return model;
}

Model example_selective_model(std::size_t knobs, std::uint64_t seed) {
    Model model = example_model(knobs, seed);
    model.network = dsp::make_selective({3, 2, 3, 4, 2, knobs}, 48000.0);
    fill(model.selective(), seed);
    return model;
}

} // namespace continuo::tests
