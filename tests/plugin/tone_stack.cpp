#include "plugin/tone_stack.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace continuo::plugin {

namespace {

constexpr double rate = 48000.0;

Planar toned(ToneStack& tone, const ToneStack::Gains& gains, Planar audio, std::size_t block) {
    return in_blocks(std::move(audio), {block},
                     [&](float* const* samples, std::size_t channels, std::size_t frames) {
                         tone.process(gains, samples, channels, frames);
                     });
}

double response_db(const ToneStack::Gains& gains, double frequency) {
    ToneStack tone;
    tone.prepare(rate);
    tone.reset(gains);
    Planar impulse(1, std::vector<float>(32768, 0.0f));
    impulse[0][0] = 1.0f;
    const std::vector<float> out = toned(tone, gains, impulse, 512)[0];
    std::complex<double> sum;
    for (std::size_t i = 0; i < out.size(); ++i)
        sum += double(out[i]) * std::polar(1.0, -2.0 * std::numbers::pi * frequency / rate * double(i));
    return 20.0 * std::log10(std::abs(sum));
}

} // namespace

TEST_CASE("A tone stack at 0 dB passes every bit", "[plugin]") {
    ToneStack tone;
    tone.prepare(rate);
    const Planar audio = playing(2, 10000, 1);
    CHECK(toned(tone, {}, audio, 64) == audio);
}

TEST_CASE("Bass, middle and treble raise and lower their own part of the spectrum", "[plugin]") {
    for (const float gain : {-12.0f, 9.0f}) {
        CHECK(response_db({gain, 0.0f, 0.0f}, 20.0) == Approx(gain).margin(0.5));
        CHECK(response_db({gain, 0.0f, 0.0f}, 5000.0) == Approx(0.0).margin(0.1));
        CHECK(response_db({0.0f, gain, 0.0f}, 650.0) == Approx(gain).margin(0.1));
        CHECK(response_db({0.0f, gain, 0.0f}, 15.0) == Approx(0.0).margin(0.1));
        CHECK(response_db({0.0f, 0.0f, gain}, 18000.0) == Approx(gain).margin(0.5));
        CHECK(response_db({0.0f, 0.0f, gain}, 100.0) == Approx(0.0).margin(0.1));
    }
}

TEST_CASE("A turned tone knob does not click, and sounds the same for any block", "[plugin]") {
    const Planar audio = sines(2, 24000, rate);
    const auto turn = [&](std::size_t block) {
        ToneStack tone;
        tone.prepare(rate);
        Planar first = audio, second = audio;
        for (std::size_t channel = 0; channel < 2; ++channel) {
            first[channel].resize(12000);
            second[channel].erase(second[channel].begin(), second[channel].begin() + 12000);
        }
        first = toned(tone, {}, first, block);
        second = toned(tone, {12.0f, -12.0f, 12.0f}, second, block);
        for (std::size_t channel = 0; channel < 2; ++channel)
            first[channel].insert(first[channel].end(), second[channel].begin(), second[channel].end());
        return first;
    };
    const Planar whole = turn(12000);
    CHECK(whole != audio);
    CHECK(turn(1) == whole);
    CHECK(turn(37) == whole);
    CHECK(juce::Decibels::gainToDecibels(click(whole[0])) < -80.0f);
}

} // namespace continuo::plugin
