#pragma once

// Gain models and signals for the tests.
#include "dsp/gain/gain_parameters.h"
#include "dsp/gain/streaming_gain.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <random>
#include <vector>

namespace continuo::dsp {

/// Gives a valid GainParameters or SelectiveParameters values as lively as learned ones.
template <typename Parameters>
void enliven(Parameters& model, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0f, 0.4f);
    std::uniform_real_distribution<float> uniform(0.0f, 1.0f);
    for_each_gain_tensor(model.shape, model.tensors,
                         [&](const char*, const auto&, std::vector<float>& values, GainTensorKind kind) {
                             for (float& value : values)
                                 value = kind == GainTensorKind::share     ? uniform(random)
                                         : kind == GainTensorKind::balance ? 2.0f * uniform(random) - 1.0f
                                         : kind == GainTensorKind::positive
                                             ? std::pow(10.0f, -3.0f * uniform(random))
                                             : normal(random);
                         });
    model.tensors.bend_scale[0] = 2.0f;
    for (auto* poles : {&model.tensors.pole_decay, &model.tensors.pole_frequency})
        for (float& pole : *poles)
            pole = 100.0f * std::pow(300.0f, uniform(random));
    model.input_scale = 4.0f;
}

/// A valid model with values as lively as learned ones.
GainParameters random_gain(const GainShape& shape, double sample_rate, unsigned seed);

/// A compressor: 4 to 1 above −20 dB full scale rms, 10 ms of attack, 200 ms of release, without colouring.
GainParameters plain_compressor(double sample_rate);

/// A compressor with a hard knee that holds the reduction in dB, lets it go in 0.5 s, and smooths it over 20
/// ms: trained at 48 kHz. \param peak  1: of peaks, 0: of power
GainParameters peak_holder(float peak);

/// Noise whose level jumps every 50 ms.
std::vector<float> bursts(std::size_t frames, double sample_rate, unsigned seed);

/// `input` played in blocks of `block` samples.
template <typename Shape>
std::vector<float> run(GainStream<Shape>& gain, const std::vector<float>& input, std::size_t block) {
    std::vector<float> output(input.size());
    for (std::size_t begin = 0; begin < input.size(); begin += block)
        gain.process(input.data() + begin, output.data() + begin, std::min(block, input.size() - begin));
    return output;
}

/// The gain in dB over time of a sine whose level jumps, played at `sample_rate`.
template <typename Parameters>
std::vector<double> gain_curve(const Parameters& model, double sample_rate) {
    GainStream<decltype(model.shape)> stream(model, sample_rate);
    const auto level = [](double time) { return time < 0.5 ? 0.02 : time < 1.5 ? 0.5 : 0.05; };
    const auto frames = std::size_t(3.0 * sample_rate);
    std::vector<float> input(frames);
    for (std::size_t t = 0; t < frames; ++t)
        input[t] = float(level(double(t) / sample_rate) *
                         std::sin(2.0 * std::numbers::pi * 1000.0 * double(t) / sample_rate));
    const std::vector<float> output = run(stream, input, 512);
    std::vector<double> curve;
    for (double time = 0.45; time < 2.9; time += 0.01) {
        double out = 0.0, in = 0.0;
        for (auto t = std::size_t(time * sample_rate); t < std::size_t((time + 0.004) * sample_rate); ++t) {
            out += double(output[t]) * double(output[t]);
            in += double(input[t]) * double(input[t]);
        }
        curve.push_back(10.0 * std::log10(out / in));
    }
    return curve;
}

} // namespace continuo::dsp
