#include "models/capture/alignment.h"
#include "tests/capture/devices.h"
#include "tests/catch.h"

using namespace continuo;
using namespace devices;

namespace {

constexpr double rate = 48000.0;

const Signal& dry() {
    static const Signal signal = guitar(12.0, rate);
    return signal;
}

} // namespace

TEST_CASE("a known delay is found to the sample through a clean device") {
    const std::ptrdiff_t delay = GENERATE(-3000, -29, -1, 0, 1, 64, 5000);
    const bool turned = GENERATE(false, true);
    const Signal wet = delayed(turned ? inverted(dry()) : dry(), delay);
    const Alignment found = find_alignment(dry(), wet, rate);
    CHECK(found.delay == delay);
    CHECK(found.inverted == turned);
    CHECK(found.confidence > 0.9);
    CHECK(found.drift_samples == 0.0);
    CHECK(found.jump_samples == 0.0);
}

TEST_CASE("a known delay is found to the sample through heavy distortion, tone control and noise") {
    const std::ptrdiff_t delay = GENERATE(-3000, 0, 777, 5000);
    const bool turned = GENERATE(false, true);
    const Signal played = amplifier(dry(), rate);
    const Alignment found = find_alignment(dry(), delayed(turned ? inverted(played) : played, delay), rate);
    CHECK(std::abs(found.delay - delay) <= 1);
    CHECK(found.inverted == turned);
    CHECK(found.confidence > 0.9);
    CHECK(found.drift_samples == 0.0);
}

TEST_CASE("a device's own filtering is no delay") {
    // The steepest of these delays a guitar by ten samples and more.
    const Signal played =
        GENERATE(low_pass(dry(), 500.0, rate),
                 low_pass(low_pass(low_pass(dry(), 1500.0, rate), 1500.0, rate), 1500.0, rate),
                 high_pass(high_pass(dry(), 800.0, rate), 800.0, rate),
                 low_pass(high_pass(clip(dry(), 20.0f), 200.0, rate), 4000.0, rate));
    const Alignment found = find_alignment(dry(), delayed(played, 100), rate);
    CHECK(std::abs(found.delay - 100) <= 1);
    CHECK_FALSE(found.inverted);
}

TEST_CASE("a full-wave rectifier, which has no linear part, is aligned") {
    Signal played = dry();
    for (float& x : played)
        x = std::abs(x);
    const Alignment found = find_alignment(dry(), delayed(high_pass(played, 30.0, rate), 250), rate);
    CHECK(std::abs(found.delay - 250) <= 1);
    CHECK(found.confidence > 0.5);
}

TEST_CASE("the delay is no later than the first sound that comes out") {
    // Most of the sound comes late and dull; a little treble comes at once, and no causal model could foresee
    // it.
    Signal played = delayed(low_pass(clip(dry(), 5.0f), 3000.0, rate), 12);
    const Signal first = high_pass(dry(), 3000.0, rate);
    for (std::size_t i = 0; i < played.size(); ++i)
        played[i] += 0.5f * first[i];
    const std::ptrdiff_t found = find_alignment(dry(), delayed(played, 100), rate).delay;
    CHECK(found <= 101);
    CHECK(found >= 98);
}

TEST_CASE("a compressor changes levels, not the delay") {
    Signal played = dry();
    double level = 0.0;
    for (float& x : played) {
        level += 0.001 * (std::abs(static_cast<double>(x)) - level);
        x = static_cast<float>(0.02 * x / (level + 0.02));
    }
    CHECK(std::abs(find_alignment(dry(), delayed(played, -411), rate).delay + 411) <= 1);
}

TEST_CASE("alignment holds at any rate and for lengths that differ") {
    const auto [other, seconds] =
        GENERATE(table<double, double>({{8000, 12}, {44100, 12}, {96000, 12}, {384000, 4}}));
    const Signal played_dry = guitar(seconds, other);
    Signal wet = delayed(amplifier(played_dry, other), 333);
    wet.resize(wet.size() - static_cast<std::size_t>(0.7 * other));
    const Alignment found = find_alignment(played_dry, wet, other);
    // A few distorted notes tell the time to some 50 µs, many of them to 20 µs, whatever the rate.
    const double microseconds = seconds < 10.0 ? 50.0 : 20.0;
    CHECK(std::abs(static_cast<double>(found.delay - 333)) <= std::max(1.0, 1e-6 * microseconds * other));
    CHECK(found.confidence > 0.7);
}

TEST_CASE("clocks that differ by 20 ppm are seen") {
    const double ppm = GENERATE(20.0, -20.0, 100.0);
    const Alignment found = find_alignment(dry(), drifting(amplifier(dry(), rate), ppm), rate);
    CHECK(found.drift_ppm == Approx(ppm).margin(4.0).epsilon(0.08));
    CHECK(found.drift_samples == Approx(ppm * 1e-6 * 12.0 * rate).margin(2.0).epsilon(0.08));
}

TEST_CASE("lost samples are seen, with how many and where") {
    const std::ptrdiff_t lost = GENERATE(64, 512);
    const Signal played = amplifier(dry(), rate);
    Signal wet(played.begin(), played.begin() + 5 * 48000);
    wet.insert(wet.end(), played.begin() + 5 * 48000 + lost, played.end());
    const Alignment found = find_alignment(dry(), wet, rate);
    CHECK(found.jump_samples == Approx(-static_cast<double>(lost)).margin(2.0));
    CHECK(found.jump_seconds == Approx(5.0).margin(2.5));
}

TEST_CASE("recordings that do not belong together have no confidence") {
    const Signal other(dry().begin() + 6 * 48000, dry().end());
    const std::span<const float> half(dry().data(), other.size());
    CHECK(find_alignment(half, amplifier(other, rate), rate).confidence < least_alignment_confidence);
    CHECK(find_alignment(half, add_noise(Signal(half.size()), 0.2), rate).confidence <
          least_alignment_confidence);
    CHECK(find_alignment(half, Signal(half.size()), rate).confidence == 0.0);
    CHECK(find_alignment({}, {}, rate).confidence == 0.0);
}

TEST_CASE("the overlap is what both recordings share") {
    const Signal one(100), other(80);
    const auto later = overlap(one, other, 30);
    CHECK(later.first.data() == one.data());
    CHECK(later.second.data() == other.data() + 30);
    CHECK(later.first.size() == 50);
    CHECK(later.second.size() == 50);
    const auto earlier = overlap(one, other, -30);
    CHECK(earlier.first.data() == one.data() + 30);
    CHECK(earlier.first.size() == 70);
    CHECK(earlier.second.size() == 70);
    CHECK(overlap(one, other, 80).first.empty());
    CHECK(overlap(one, other, -100).second.empty());
}
