#include "dsp/gain/streaming_gain.h"
#include "dsp/selective/reference_selective.h"
#include "tests/catch.h"
#include "tests/dsp/gains.h"
#include "tests/dsp/streaming_gains.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

using namespace continuo::dsp;

namespace {

/// A valid model with values as lively as learned ones.
SelectiveParameters random_selective(const SelectiveShape& shape, unsigned seed) {
    SelectiveParameters model = make_selective(shape, 48000.0);
    enliven(model, seed);
    return model;
}

/// A compressor of 4 to 1 above −20 dB full scale rms whose knob shifts the threshold: it recovers fast at
/// first and then slowly, as two states of 50 ms and 0.5 s do, both the faster the louder it is.
SelectiveParameters two_stage_compressor() {
    SelectiveParameters model = make_selective({1, 1, 2, 1, 1, 1}, 48000.0);
    SelectiveTensors<float>& to = model.tensors;
    model.input_scale = 10.0f; // so that the knee lies at level 0
    to.level_rise_time[0] = to.level_fall_time[0] = 0.005f;
    to.input_mixing[0] = 8.0f;
    to.input_knobs[0] = 4.0f;
    to.speed_mixing[0] = 2.0f;
    to.speed_bias[0] = 2.0f;
    to.write_bias = {3.0f, 3.0f}; // σ of which is nearly 1
    to.read_bias = {0.6f, 0.6f};  // and of this a half
    to.state_time = {0.05f, 0.5f};
    to.channel_readout[0] = -0.75f * 2.0f / 8.0f;
    return model;
}

} // namespace

TEST_CASE("A streaming selective model is its reference on every instruction set", "[selective]") {
    // sizes that fill the lanes of a batch and sizes that do not
    const SelectiveShape shape = GENERATE(SelectiveShape{4, 3, 5, 5, 3, 2}, SelectiveShape{7, 4, 4, 9, 10, 2},
                                          SelectiveShape{16, 9, 16, 17, 16, 1});
    for (const double rate : {44100.0, 48000.0, 96000.0}) {
        const SelectiveParameters model = random_selective(shape, 3);
        const std::vector<float> knobs{0.2f, 0.9f};
        equals_reference(model, rate, knobs, [&](const std::vector<double>& input) {
            return reference_selective<double>(
                shape, in_double(model), double(model.input_scale), rate, input,
                std::vector<double>(knobs.begin(), knobs.begin() + std::ptrdiff_t(shape.knobs)));
        });
    }
}

TEST_CASE("The blocks that a host cuts do not change a bit of a selective model", "[selective]") {
    const SelectiveShape shape =
        GENERATE(SelectiveShape{4, 3, 5, 5, 3, 1}, SelectiveShape{7, 4, 4, 9, 10, 1});
    does_not_depend_on_blocks(random_selective(shape, 4));
}

TEST_CASE("A selective model's curve is the same at every rate", "[selective]") {
    const std::vector<double> at_48 = gain_curve(two_stage_compressor(), 48000.0);
    // it does compress, and recovers
    CHECK(at_48.front() - *std::min_element(at_48.begin(), at_48.end()) > 6.0);
    CHECK(at_48.back() - *std::min_element(at_48.begin(), at_48.end()) > 3.0);
    for (const double rate : {44100.0, 96000.0, 192000.0}) {
        const std::vector<double> curve = gain_curve(two_stage_compressor(), rate);
        double worst = 0.0;
        for (std::size_t i = 0; i < curve.size(); ++i)
            worst = std::max(worst, std::abs(curve[i] - at_48[i]));
        INFO(rate << " Hz: " << worst << " dB");
        CHECK(worst < 0.1);
    }
}

TEST_CASE("A knob of a selective model moves without a step", "[selective]") {
    const SelectiveParameters model = two_stage_compressor();
    StreamingSelective moving(model, 48000.0), low(model, 48000.0), high(model, 48000.0);
    high.reset(std::vector<float>{1.0f});
    const std::vector<float> still(96000, 0.1f); // a constant, so that every step of the gain would show
    run(low, still, 512);
    const std::vector<float> end = run(high, still, 512);
    run(moving, still, 512);
    moving.set_knobs(std::vector<float>{1.0f});
    const std::vector<float> ramp = run(moving, still, 512), before = run(low, still, 512);
    CHECK(std::abs(before.back() - end.back()) > 0.02f);
    CHECK(std::abs(ramp.back() - end.back()) < 1e-3f);
    float largest = 0.0f;
    for (std::size_t t = 1; t < ramp.size(); ++t)
        largest = std::max(largest, std::abs(ramp[t] - ramp[t - 1]));
    CHECK(largest < 1e-3f * 0.1f * 10.0f); // 20 ms are 960 samples
}

TEST_CASE("A selective model is reset to where minutes of silence leave it", "[selective]") {
    const SelectiveParameters model = random_selective({4, 3, 5, 5, 3, 1}, 6);
    const std::vector<float> knobs{0.7f};
    StreamingSelective waited(model, 48000.0), jumped(model, 48000.0);
    waited.reset(knobs);
    run(waited, bursts(48000, 48000.0, 3), 512);
    run(waited, std::vector<float>(48000 * 240, 0.0f), 4096);
    run(jumped, bursts(48000, 48000.0, 3), 512);
    jumped.reset(knobs);
    const std::vector<float> input = bursts(9600, 48000.0, 4);
    const std::vector<float> expected = run(waited, input, 512), output = run(jumped, input, 512);
    for (std::size_t t = 0; t < output.size(); ++t)
        REQUIRE(std::abs(output[t] - expected[t]) < 1e-5f);
}

TEST_CASE("No input leaves a selective model poisoned", "[selective]") {
    const SelectiveParameters model = random_selective({4, 3, 5, 5, 3, 0}, 5);
    StreamingSelective stream(model, 48000.0);
    const float infinity = std::numeric_limits<float>::infinity();
    run(stream, {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 1e30f, -1e30f}, 5);
    run(stream, std::vector<float>(48000 * 60, 0.0f), 4096);
    for (const float sample : run(stream, bursts(4800, 48000.0, 6), 64))
        REQUIRE(std::isfinite(sample));
}

TEST_CASE("A selective model that cannot be run is refused", "[selective]") {
    const SelectiveParameters good = random_selective({4, 3, 5, 5, 3, 1}, 7);
    CHECK_NOTHROW(validate(good));
    const auto refused = [&good](auto spoil) {
        SelectiveParameters bad = good;
        spoil(bad);
        CHECK_THROWS_AS(validate(bad), std::invalid_argument);
        CHECK_THROWS_AS(StreamingSelective(bad, 48000.0), std::invalid_argument);
    };
    refused([](SelectiveParameters& bad) { bad.tensors.level_rise_time[0] = 0.0f; });
    refused([](SelectiveParameters& bad) { bad.tensors.state_time[3] = -1.0f; });
    refused([](SelectiveParameters& bad) { bad.tensors.pole_frequency[0] = 160000.0f; });
    refused([](SelectiveParameters& bad) {
        bad.tensors.write_mixing[2] = std::numeric_limits<float>::infinity();
    });
    refused([](SelectiveParameters& bad) { bad.tensors.speed_knobs.pop_back(); });
    refused([](SelectiveParameters& bad) { bad.input_scale = 0.0f; });
    refused([](SelectiveParameters& bad) { bad.sample_rate = 10.0; });
    refused([](SelectiveParameters& bad) { bad.shape.states = 17; });
    CHECK_THROWS_AS(StreamingSelective(good, 10.0), std::invalid_argument);
}
