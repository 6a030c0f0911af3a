#include "models/training/gain_pursuit.h"

#include "tests/catch.h"
#include "tests/training/compressor.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace continuo;

namespace {

operations::GainTrack track_of(const Recording& recording, std::vector<float> knobs) {
    double energy = 0.0;
    for (const float sample : recording.dry)
        energy += double(sample) * double(sample);
    return {recording.dry,          recording.wet, std::sqrt(double(recording.dry.size()) / energy),
            tests::compressor_rate, knobs,         {{0, recording.dry.size()}}};
}

} // namespace

TEST_CASE("A first guess finds how fast a compressor attacks and releases", "[training]") {
    const Recording recording = tests::compressed(48000, 1, 0.3f);
    const std::array tracks{track_of(recording, {})};
    const std::array shares{1.0};
    WorkerPool pool(2);
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const GainGuess guess = pursue_gain(tracks, shares, 3, seed, pool);
        INFO("seed " << seed << ": " << guess.paths[0].rise_time << " s, " << guess.paths[0].fall_time
                     << " s");
        CHECK(std::abs(std::log(guess.paths[0].rise_time / tests::compressor_attack)) < std::log(5.0));
        CHECK(std::abs(std::log(guess.paths[0].fall_time / tests::compressor_release)) < std::log(5.0));
        CHECK(guess.readout[0] < 0.0); // louder is turned down
        CHECK(guess.paths.size() == 3);
        CHECK(guess.by_knobs.empty());
    }
}

TEST_CASE("A first guess turns a volume knob into decibels", "[training]") {
    Recording quiet = tests::compressed(24000, 1, 0.3f), loud = quiet;
    for (float& sample : loud.wet)
        sample *= 2.0f;
    const std::array tracks{track_of(quiet, {0.0f}), track_of(loud, {1.0f})};
    const std::array shares{1.0, 0.25};
    WorkerPool pool(1);
    const GainGuess guess = pursue_gain(tracks, shares, 3, 1, pool);
    CHECK(guess.by_knobs.size() == 1);
    CHECK(guess.by_knobs[0] == Approx(std::log(2.0)).epsilon(0.15));
}

TEST_CASE("A first guess sees that a device turns the polarity", "[training]") {
    Recording recording = tests::compressed(48000, 1, 0.3f);
    const std::array shares{1.0};
    WorkerPool pool(1);
    const std::array as_played{track_of(recording, {})};
    const GainGuess guess = pursue_gain(as_played, shares, 3, 1, pool);
    for (float& sample : recording.wet)
        sample = -sample;
    const std::array turned{track_of(recording, {})};
    const GainGuess other = pursue_gain(turned, shares, 3, 1, pool);
    CHECK(guess.polarity == 1.0);
    CHECK(other.polarity == -1.0);
    CHECK(other.readout == guess.readout);
}

TEST_CASE("A first guess is the same for any number of threads", "[training]") {
    const Recording recording = tests::compressed(24000, 1, 0.3f);
    const std::array tracks{track_of(recording, {})};
    const std::array shares{1.0};
    WorkerPool one(1), three(3);
    const GainGuess a = pursue_gain(tracks, shares, 6, 1, one), b = pursue_gain(tracks, shares, 6, 1, three);
    CHECK(a.readout == b.readout);
    CHECK(a.offset == b.offset);
}

TEST_CASE("A first guess from silence is no worse than nothing", "[training]") {
    Recording silent = tests::compressed(24000, 1, 0.3f);
    std::fill(silent.wet.begin(), silent.wet.end(), 0.0f);
    const std::array tracks{track_of(silent, {})};
    const std::array shares{1.0};
    WorkerPool pool(1);
    const GainGuess guess = pursue_gain(tracks, shares, 6, 1, pool);
    CHECK(guess.paths.size() == 6);
    for (const double value : guess.readout)
        CHECK(std::isfinite(value));
    CHECK(std::isfinite(guess.offset));
}
