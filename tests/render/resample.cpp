// Audio goes to another rate and back where it was: as loud, as long, none of it late.
#include "models/render/resample.h"

#include "models/render/render.h"
#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

using namespace continuo;

namespace {

/// Sines up to `top` Hz that fade in and out, so that no edge leaves the band: what it is at any rate.
std::vector<float> faded_sines(double rate, std::size_t frames, double top) {
    std::vector<float> signal(frames);
    for (std::size_t t = 0; t < frames; ++t) {
        const double seconds = double(t) / rate, length = double(frames) / rate;
        double sum = 0.0;
        for (const double part : {0.013, 0.11, 0.37, 0.71, 1.0})
            sum += 0.2 * std::sin(2.0 * std::numbers::pi * part * top * seconds + 5.0 * part);
        const double fade = std::sin(std::numbers::pi * seconds / length);
        signal[t] = float(sum * fade * fade * fade * fade);
    }
    return signal;
}

double largest_difference(std::span<const float> one, std::span<const float> other) {
    REQUIRE(one.size() == other.size());
    double largest = 0.0;
    for (std::size_t t = 0; t < one.size(); ++t)
        largest = std::max(largest, double(std::abs(one[t] - other[t])));
    return largest;
}

constexpr double rates[] = {22050.0, 44100.0, 48000.0, 88200.0, 96000.0, 192000.0, 384000.0};
constexpr double length = 0.5, near = 3e-6; // seconds; of full scale, −110 dB

} // namespace

TEST_CASE("A signal is the same signal at every rate", "[render][resample]") {
    for (const double from : rates)
        for (const double to : rates) {
            INFO(from << " Hz to " << to << " Hz");
            const double top = 0.45 * std::min(from, to);
            const auto frames = std::size_t(length * from);
            const auto expected = std::size_t(length * to);
            const std::vector<float> there = resample(faded_sines(from, frames, top), from, to, expected);
            CHECK(largest_difference(there, faded_sines(to, expected, top)) < near);
        }
}

TEST_CASE("What no rate between can hold is not folded into the band", "[render][resample]") {
    std::vector<float> high(48000);
    for (std::size_t t = 0; t < high.size(); ++t)
        high[t] = float(std::sin(2.0 * std::numbers::pi * 30000.0 * double(t) / 96000.0) *
                        std::pow(std::sin(std::numbers::pi * double(t) / 48000.0), 4.0));
    const std::vector<float> low = resample(high, 96000.0, 48000.0, 24000);
    CHECK(largest_difference(low, std::vector<float>(24000, 0.0f)) < near);
}

TEST_CASE("To the model's rate and back nothing moves", "[render][resample]") {
    for (const double rate : rates)
        for (const std::size_t odd : {0u, 1u, 7u}) {
            INFO(rate << " Hz, " << odd << " frames more");
            const std::size_t frames = std::size_t(length * rate) + odd;
            const std::vector<float> one = faded_sines(rate, frames, 0.45 * std::min(rate, 48000.0));
            std::vector<float> other(frames);
            std::ranges::transform(one, other.begin(), [](float x) { return -0.5f * x; });
            Audio audio{rate, {one, other}};
            at_rate(audio, 48000.0, [](Audio& brought) { CHECK(brought.sample_rate == 48000.0); });
            CHECK(audio.sample_rate == rate);
            REQUIRE(audio.channels.size() == 2);
            CHECK(largest_difference(audio.channels[0], one) < near);
            CHECK(largest_difference(audio.channels[1], other) < near);
        }
}

TEST_CASE("The last samples come back as they were, where the sound goes on to the end",
          "[render][resample]") {
    // A fade-in alone: resampling spreads the sudden end, and what it spreads behind the end counts.
    const std::vector<float> faded = faded_sines(96000.0, 48000, 5000.0);
    const std::vector<float> input(faded.begin(), faded.begin() + 24000);
    Audio with{96000.0, {input}};
    at_rate(with, 48000.0, [](Audio&) {});
    std::vector<float> without = resample(resample(input, 96000.0, 48000.0, 12000), 48000.0, 96000.0, 24000);
    double error_with = 0.0, error_without = 0.0;
    for (std::size_t t = 23000; t < 24000; ++t) {
        error_with += std::pow(double(with.channels[0][t] - input[t]), 2.0);
        error_without += std::pow(double(without[t] - input[t]), 2.0);
    }
    CHECK(error_with < 0.9 * error_without);
}

TEST_CASE("Silence stays silent and short files keep their length", "[render][resample]") {
    for (const double rate : rates)
        for (const std::size_t frames : {1u, 2u, 3u, 17u, 301u}) {
            INFO(rate << " Hz, " << frames << " frames");
            Audio silent{rate, {std::vector<float>(frames, 0.0f)}};
            at_rate(silent, 48000.0, [](Audio&) {});
            CHECK(silent.channels[0] == std::vector<float>(frames, 0.0f));
            Audio constant{rate, {std::vector<float>(frames, 0.25f)}};
            at_rate(constant, 48000.0, [](Audio&) {});
            REQUIRE(constant.frames() == frames);
            // An edge rings, by not much more than the ninth of a step that any sharp filter rings.
            for (const float sample : constant.channels[0])
                CHECK((sample > 0.0f && sample < 0.35f));
        }
}

TEST_CASE("At the audio's own rate not a bit changes", "[render][resample]") {
    const std::vector<float> input = dsp::test_signal(5001, 5);
    CHECK(resample(input, 44100.0, 44100.0, input.size()) == input);
    Audio audio{44100.0, {input}};
    at_rate(audio, 44100.0, [&](Audio& own) { CHECK(own.channels[0].data() == audio.channels[0].data()); });
    CHECK(audio.channels[0] == input);
}

TEST_CASE("A model between resamplers plays what it plays at its own rate", "[render][resample]") {
    constexpr double own = 48000.0;
    Model model;
    model.network = dsp::random_stack({2, 8, 6, 1}, own, 29);
    const RenderOptions options{{0.3f}, 1024, {}, 1, dsp::Quality::normal};
    for (const double rate : {44100.0, 96000.0, 192000.0}) {
        INFO(rate << " Hz");
        const auto frames = std::size_t(length * rate), own_frames = std::size_t(length * own);
        Audio played{rate, {faded_sines(rate, frames, 4000.0)}};
        at_rate(played, own, [&](Audio& brought) { render_audio(model, brought, options); });
        // The other way to it: the signal as it is at the model's rate, and one conversion of what comes out.
        std::vector<float> output(own_frames + 1000);
        std::vector<float> input = faded_sines(own, own_frames, 4000.0);
        input.resize(output.size());
        render_channel(model, input, output, own, options);
        const std::vector<float> expected = resample(output, own, rate, frames);
        const double loudest =
            std::abs(*std::ranges::max_element(expected, {}, [](float sample) { return std::abs(sample); }));
        CHECK(loudest > 0.0);
        CHECK(largest_difference(played.channels[0], expected) < 1e-4 * loudest);
    }
}

TEST_CASE("Rates too far apart are refused", "[render][resample]") {
    const std::vector<float> input(100);
    CHECK(can_resample(1000.0, 256000.0));
    CHECK_FALSE(can_resample(1000.0, 257000.0));
    CHECK_FALSE(can_resample(0.0, 48000.0));
    CHECK_THROWS_AS(resample(input, 1000.0, 300000.0, 10), std::invalid_argument);
}
