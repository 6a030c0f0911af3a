// Rendering gives one sample for each, the same bits for any block, and each channel a model of its own.
#include "models/render/render.h"

#include "tests/catch.h"
#include "tests/format/example_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace continuo;
using continuo::tests::example_model;

namespace {

std::vector<float> noise(std::size_t frames, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
    std::vector<float> signal(frames);
    for (float& sample : signal)
        sample = uniform(random);
    return signal;
}

const std::vector<float> knobs = {0.25f, 0.75f};

std::vector<float> rendered(const std::vector<float>& input, std::size_t block, double rate = 48000.0) {
    std::vector<float> output(input.size());
    render_channel(example_model(2), input, output, rate, {knobs, block, {}});
    return output;
}

} // namespace

TEST_CASE("Any block gives the same bits", "[render]") {
    const auto input = noise(10000, 1);
    const auto whole = rendered(input, input.size());
    CHECK(std::ranges::any_of(whole, [](float sample) { return std::abs(sample) > 1e-3f; }));
    for (const std::size_t block : {1, 7, 16, 64, 511, 20000})
        CHECK(rendered(input, block) == whole);
}

TEST_CASE("Every channel runs alone", "[render]") {
    Audio audio{48000.0, {noise(3000, 1), noise(3000, 2), noise(3000, 1)}};
    const auto channels = audio.channels;
    render_audio(example_model(2), audio, {knobs, 64, {}});
    for (std::size_t channel = 0; channel < 3; ++channel)
        CHECK(audio.channels[channel] == rendered(channels[channel], 64));
}

TEST_CASE("Knobs and sample rate reach the model", "[render]") {
    const auto input = noise(3000, 1);
    std::vector<float> other(input.size());
    render_channel(example_model(2), input, other, 48000.0, {{0.9f, 0.1f}, 64, {}});
    CHECK(other != rendered(input, 64));
    CHECK(rendered(input, 64, 96000.0) != rendered(input, 64));
}

TEST_CASE("Silence stays where the model rests", "[render]") {
    const auto output = rendered(std::vector<float>(5000, 0.0f), 64);
    for (const float sample : output)
        REQUIRE(sample == Approx(output[0]).margin(1e-5));
}

TEST_CASE("Progress adds up to the length", "[render]") {
    const auto input = noise(200001, 3);
    std::vector<float> output(input.size());
    std::vector<std::size_t> steps;
    render_channel(example_model(2), input, output, 48000.0,
                   {knobs, 100, [&](std::size_t frames) { steps.push_back(frames); }});
    CHECK(std::accumulate(steps.begin(), steps.end(), std::size_t{0}) == input.size());
    CHECK(steps.size() > 1);
}

TEST_CASE("Wrong sizes are refused", "[render]") {
    const auto input = noise(100, 1);
    std::vector<float> output(100), shorter(99);
    const Model model = example_model(2);
    CHECK_THROWS_AS(render_channel(model, input, shorter, 48000.0, {knobs, 64, {}}), std::invalid_argument);
    CHECK_THROWS_AS(render_channel(model, input, output, 48000.0, {{0.5f}, 64, {}}), std::invalid_argument);
    CHECK_THROWS_AS(render_channel(model, input, output, 48000.0, {knobs, 0, {}}), std::invalid_argument);
    CHECK_THROWS_AS(render_channel(model, input, output, 10.0, {knobs, 64, {}}), std::invalid_argument);
}
