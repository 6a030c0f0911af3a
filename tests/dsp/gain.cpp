#include "dsp/gain/reference_gain.h"
#include "dsp/gain/streaming_gain.h"
#include "tests/catch.h"
#include "tests/dsp/gains.h"
#include "tests/dsp/lane_functions.h"
#include "tests/dsp/streaming_gains.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

using namespace continuo::dsp;

namespace {

/// The larger one; NaN where either is.
double larger(double a, double b) {
    return a != a || b < a ? a : b;
}

/// From one signal to another, from sample `begin` on.
double gain_in_decibels(const std::vector<float>& dry, const std::vector<float>& wet, std::size_t begin) {
    double from = 0.0, to = 0.0;
    for (std::size_t t = begin; t < dry.size(); ++t) {
        from += double(dry[t]) * double(dry[t]);
        to += double(wet[t]) * double(wet[t]);
    }
    return 10.0 * std::log10(to / from);
}

} // namespace

TEST_CASE("The exponential and the logarithm of lanes are those of the library", "[gain]") {
    for (const InstructionSet set : available_instruction_sets()) {
        INFO(name(set));
        const LaneFunctions& lanes = lane_functions(set);
        double worst = 0.0;
        for (double x = -699.0; x < 699.0; x += 0.0371)
            worst = larger(worst, std::abs(lanes.exponential(x) / std::exp(x) - 1.0));
        CHECK(worst < 1e-15);
        CHECK(lanes.exponential(-1e300) < 1e-300);
        worst = 0.0;
        for (double y = -690.0; y < 700.0; y += 0.0371) {
            const double x = std::exp(y), exact = std::log(x);
            worst = larger(worst, std::abs(lanes.logarithm(x) - exact) / std::max(1.0, std::abs(exact)));
        }
        CHECK(worst < 1e-15);
    }
}

TEST_CASE("A streaming gain model is its reference on every instruction set", "[gain]") {
    // sizes that fill the lanes of a batch and sizes that do not
    const GainShape shape =
        GENERATE(GainShape{4, 3, 5, 3, 2}, GainShape{7, 6, 9, 10, 2}, GainShape{16, 9, 17, 16, 1});
    for (const double rate : {44100.0, 48000.0, 96000.0}) {
        const GainParameters model = random_gain(shape, 48000.0, 3);
        const std::vector<float> knobs{0.2f, 0.9f};
        equals_reference(model, rate, knobs, [&](const std::vector<double>& input) {
            return reference_gain<double>(
                model.shape, in_double(model), double(model.input_scale), rate, input,
                std::vector<double>(knobs.begin(), knobs.begin() + std::ptrdiff_t(shape.knobs)));
        });
    }
}

TEST_CASE("The blocks that a host cuts do not change a bit of a gain model", "[gain]") {
    const GainShape shape = GENERATE(GainShape{4, 3, 5, 3, 1}, GainShape{7, 6, 9, 10, 1});
    does_not_depend_on_blocks(random_gain(shape, 48000.0, 4));
}

TEST_CASE("A gain model's curve is the same at every rate", "[gain]") {
    const std::vector<double> at_48 = gain_curve(plain_compressor(48000.0), 48000.0);
    // it does compress, and recovers
    CHECK(at_48.front() - *std::min_element(at_48.begin(), at_48.end()) > 6.0);
    CHECK(at_48.back() - *std::min_element(at_48.begin(), at_48.end()) > 3.0);
    for (const double rate : {44100.0, 96000.0, 192000.0}) {
        const std::vector<double> curve = gain_curve(plain_compressor(48000.0), rate);
        double worst = 0.0;
        for (std::size_t i = 0; i < curve.size(); ++i)
            worst = std::max(worst, std::abs(curve[i] - at_48[i]));
        INFO(rate << " Hz: " << worst << " dB");
        CHECK(worst < 0.1);
    }
}

TEST_CASE("A gain model that holds peaks turns every note down alike, at every rate", "[gain]") {
    // dB, of a sine that was on for a second
    const auto reduction = [](float peak, double rate, double frequency) {
        const GainParameters model = peak_holder(peak);
        StreamingGain gain(model, rate);
        std::vector<float> sine(std::size_t(1.5 * rate));
        for (std::size_t t = 0; t < sine.size(); ++t)
            sine[t] = 0.5f * float(std::sin(2.0 * std::numbers::pi * frequency * double(t) / rate));
        const std::vector<float> output = run(gain, sine, 512);
        return gain_in_decibels(sine, output, std::size_t(rate));
    };
    const double low = reduction(1.0f, 48000.0, 110.0);
    CHECK(low < -6.0);
    for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0})
        for (const double frequency : {110.0, 523.0, 1480.0})
            CHECK(reduction(1.0f, rate, frequency) == Approx(low).margin(0.1));
    // power over a period is less than the peak in it
    CHECK(reduction(0.0f, 48000.0, 2637.0) > reduction(0.0f, 48000.0, 110.0) + 0.5);
}

TEST_CASE("A gain model that listens to one half wave does not hear the other", "[gain]") {
    // dB, of pulses of one sign alone
    const auto reduction = [](float peak, float asymmetry, float sign) {
        GainParameters model = peak_holder(peak);
        model.tensors.level_asymmetry[0] = asymmetry;
        StreamingGain gain(model, 48000.0);
        std::vector<float> pulses(48000);
        for (std::size_t t = 0; t < pulses.size(); ++t)
            pulses[t] = 0.5f * sign * std::max(0.0f, float(std::sin(0.05 * double(t))));
        const std::vector<float> output = run(gain, pulses, 512);
        return gain_in_decibels(pulses, output, pulses.size() / 2);
    };
    for (const float peak : {0.0f, 1.0f}) {
        const double both = reduction(peak, 0.0f, 1.0f);
        CHECK(both < -6.0);
        CHECK(reduction(peak, 0.0f, -1.0f) == Approx(both).margin(1e-3));
        CHECK(reduction(peak, 1.0f, 1.0f) < both); // twice the power to the half that is heard
        CHECK(reduction(peak, -1.0f, -1.0f) == Approx(reduction(peak, 1.0f, 1.0f)).margin(1e-3));
        CHECK(std::abs(reduction(peak, 1.0f, -1.0f)) < 0.1);
        CHECK(std::abs(reduction(peak, -1.0f, 1.0f)) < 0.1);
    }
}

TEST_CASE("A gain model lets go at its release time and turns down at its attack time", "[gain]") {
    const GainParameters model = peak_holder(1.0f);
    StreamingGain gain(model, 48000.0);
    // a constant, so that the output shows the gain: 1 s loud, then soft, below the knee
    std::vector<float> input(3 * 48000, 0.5f);
    std::fill(input.begin() + 48000, input.end(), 1e-4f);
    const std::vector<float> output = run(gain, input, 512);
    const auto reduction = [&](double seconds) {
        const auto t = std::size_t(seconds * 48000.0);
        return std::log(double(output[t] / input[t])) - std::log(double(output.back() / input.back()));
    };
    const double whole = reduction(0.99);
    CHECK(reduction(0.02) / whole == Approx(1.0 - std::exp(-1.0)).margin(0.03)); // lag of 20 ms
    // release of 0.5 s; the lag keeps 20 ms of it back
    CHECK(reduction(1.52) / whole == Approx(std::exp(-1.0)).margin(0.03));
}

TEST_CASE("A knob of a gain model moves without a step", "[gain]") {
    const GainParameters model = plain_compressor(48000.0);
    StreamingGain moving(model, 48000.0), low(model, 48000.0), high(model, 48000.0);
    high.reset(std::vector<float>{1.0f});
    const std::vector<float> still(48000, 0.1f); // a constant, so that every step of the gain would show
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

TEST_CASE("No input leaves a gain model poisoned", "[gain]") {
    const GainParameters model = random_gain({4, 3, 5, 3, 0}, 48000.0, 5);
    StreamingGain gain(model, 48000.0), fresh(model, 48000.0);
    const float infinity = std::numeric_limits<float>::infinity();
    run(gain, {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 1e30f, -1e30f}, 5);
    run(gain, std::vector<float>(48000 * 60, 0.0f), 4096);
    run(fresh, std::vector<float>(1, 0.0f), 1);
    const std::vector<float> input = bursts(4800, 48000.0, 6);
    const std::vector<float> after = run(gain, input, 64);
    for (const float sample : after)
        REQUIRE(std::isfinite(sample));
}

TEST_CASE("A gain model that cannot be run is refused", "[gain]") {
    const GainParameters good = random_gain({4, 3, 5, 3, 1}, 48000.0, 7);
    CHECK_NOTHROW(validate(good));
    const auto refused = [&good](auto spoil) {
        GainParameters bad = good;
        spoil(bad);
        CHECK_THROWS_AS(validate(bad), std::invalid_argument);
        CHECK_THROWS_AS(StreamingGain(bad, 48000.0), std::invalid_argument);
    };
    refused([](GainParameters& bad) { bad.tensors.level_rise_time[0] = 0.0f; });
    refused([](GainParameters& bad) { bad.tensors.level_fall_time[0] = 0.0f; });
    refused([](GainParameters& bad) { bad.tensors.rise_time[1] = -1.0f; });
    refused([](GainParameters& bad) { bad.tensors.lag_time[1] = 0.0f; });
    refused([](GainParameters& bad) { bad.tensors.curve_width[0] = 0.0f; });
    refused([](GainParameters& bad) { bad.tensors.level_peak[3] = 1.01f; });
    refused([](GainParameters& bad) { bad.tensors.level_peak[3] = -0.01f; });
    refused([](GainParameters& bad) { bad.tensors.level_asymmetry[0] = 1.01f; });
    refused([](GainParameters& bad) { bad.tensors.level_asymmetry[0] = -1.01f; });
    refused([](GainParameters& bad) { bad.tensors.pole_frequency[0] = 160000.0f; });
    refused(
        [](GainParameters& bad) { bad.tensors.curve_mixing[2] = std::numeric_limits<float>::infinity(); });
    refused([](GainParameters& bad) { bad.tensors.fall_knobs.pop_back(); });
    refused([](GainParameters& bad) { bad.input_scale = 0.0f; });
    refused([](GainParameters& bad) { bad.sample_rate = 10.0; });
    refused([](GainParameters& bad) { bad.shape.levels = 17; });
    CHECK_THROWS_AS(StreamingGain(good, 10.0), std::invalid_argument);
}
