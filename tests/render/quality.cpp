// Oversampling changes what aliases, and nothing else: as many samples, none of them late, the same bits
// whoever renders.
#include "models/render/render.h"

#include "dsp/oversampling/oversampled_stack.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace continuo;

namespace {

constexpr double rate = 48000.0;

Model model_with_knob() {
    Model model;
    model.network = dsp::random_stack({2, 8, 6, 1}, rate, 29);
    return model;
}

std::vector<float> rendered(const Model& model, const std::vector<float>& input, dsp::Quality quality,
                            std::size_t block = 1024, std::size_t threads = 1) {
    std::vector<float> output(input.size());
    render_channel(model, input, output, rate, {{0.3f}, block, {}, threads, quality});
    return output;
}

constexpr dsp::Quality oversampled[] = {dsp::Quality::normal, dsp::Quality::high, dsp::Quality::offline};

/// Power of what is no harmonic of a sine of `hertz`, over the power of its harmonics, up to 20 kHz.
double aliases(const Model& model, int hertz, dsp::Quality quality) {
    const auto frames = std::size_t(rate);
    std::vector<float> input(2 * frames);
    for (std::size_t t = 0; t < input.size(); ++t)
        input[t] = 10.0f * float(std::sin(2.0 * std::numbers::pi * hertz * double(t) / rate));
    const std::vector<float> output = rendered(model, input, quality);
    // The second one of two seconds: a partial of a whole number of Hz is periodic in it. The harmonics are
    // what a sum of sines at their frequencies explains of it; the rest, within the band, is aliases.
    std::vector<double> rest(output.begin() + std::ptrdiff_t(frames), output.end());
    double harmonic = 0.0;
    for (int partial = 0; partial * hertz < 24000; ++partial) {
        double real = 0.0, imag = 0.0;
        const double step = 2.0 * std::numbers::pi * partial * hertz / rate;
        for (std::size_t t = 0; t < frames; ++t) {
            real += rest[t] * std::cos(step * double(t));
            imag += rest[t] * std::sin(step * double(t));
        }
        const double scale = partial == 0 ? 1.0 / double(frames) : 2.0 / double(frames);
        for (std::size_t t = 0; t < frames; ++t)
            rest[t] -= scale * (real * std::cos(step * double(t)) + imag * std::sin(step * double(t)));
        if (partial > 0)
            harmonic += scale * (real * real + imag * imag);
    }
    double sum = 0.0;
    for (const double value : rest)
        sum += value * value;
    return sum / harmonic;
}

} // namespace

TEST_CASE("Every quality gives what the model gives between its filters, without their latency",
          "[render][quality]") {
    const Model model = model_with_knob();
    const std::vector<float> input = dsp::test_signal(20000, 3);
    for (const dsp::Quality quality : oversampled) {
        INFO(dsp::name(quality));
        const std::size_t factor = dsp::oversampling_factor(quality, rate);
        dsp::OversampledModel<dsp::StreamingStack> stack(
            dsp::StreamingStack(model.stack(), double(factor) * rate), quality, rate,
            dsp::OversamplingKind::linear_phase);
        stack.reset(std::vector<float>{0.3f});
        std::vector<float> expected = input;
        expected.resize(input.size() + stack.latency(), 0.0f);
        stack.process(expected.data(), expected.data(), expected.size());
        expected.erase(expected.begin(), expected.begin() + std::ptrdiff_t(stack.latency()));
        CHECK(rendered(model, input, quality) == expected);
    }
}

TEST_CASE("Neither block nor threads nor place change a bit of any quality", "[render][quality]") {
    const Model model = model_with_knob();
    for (const dsp::Quality quality : oversampled)
        for (const std::size_t frames : {1, 90, 2048, 5001}) {
            INFO(dsp::name(quality) << ", " << frames << " frames");
            const std::vector<float> input = dsp::test_signal(frames, 4);
            const std::vector<float> expected = rendered(model, input, quality);
            CHECK(rendered(model, input, quality, 7) == expected);
            CHECK(rendered(model, input, quality, 1024, 4) == expected);
            Audio audio{rate, {input, input, input}};
            render_audio(model, audio, {{0.3f}, 64, {}, 2, quality});
            for (const std::vector<float>& channel : audio.channels)
                CHECK(channel == expected);
        }
}

TEST_CASE("No quality is late: what is low and quiet comes out as with eco", "[render][quality]") {
    const Model model = model_with_knob();
    std::vector<float> input(24000);
    for (std::size_t t = 0; t < input.size(); ++t)
        input[t] = 0.01f * float(std::sin(2.0 * std::numbers::pi * 300.0 * double(t) / rate));
    const std::vector<float> eco = rendered(model, input, dsp::Quality::eco);
    for (const dsp::Quality quality : oversampled) {
        const std::vector<float> output = rendered(model, input, quality);
        double error = 0.0, signal = 0.0;
        for (std::size_t t = 4800; t < input.size() - 480; ++t) {
            error += std::pow(double(output[t]) - double(eco[t]), 2);
            signal += std::pow(double(eco[t]) - double(eco[4800]), 2);
        }
        INFO(dsp::name(quality) << ": " << 10.0 * std::log10(error / signal) << " dB");
        CHECK(error < 1e-4 * signal); // a sample late would be 1.5e-3
    }
}

TEST_CASE("A hot sine has fewer aliases with every better quality, and with the anti-aliased activation",
          "[render][quality]") {
    Model model = model_with_knob();
    for (dsp::LayerParameters& layer : model.stack().layers)
        for (float& decay : layer.pole_decay)
            decay = std::max(decay, 200.0f); // settled within the first second
    double before = 1.0;
    for (const dsp::Quality quality : {dsp::Quality::eco, dsp::Quality::normal, dsp::Quality::high}) {
        const double found = aliases(model, 2637, quality);
        INFO(dsp::name(quality) << ": " << 10.0 * std::log10(found) << " dB");
        CHECK(found < 0.1 * before);
        before = found;
    }
    const double with_tanh = aliases(model, 2637, dsp::Quality::eco);
    model.stack().activation = dsp::Activation::isru;
    CHECK(aliases(model, 2637, dsp::Quality::eco) < 0.3 * with_tanh);
}
