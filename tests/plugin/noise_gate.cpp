#include "plugin/noise_gate.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace continuo::plugin {

namespace {

constexpr double rate = 48000.0;

Planar gated(const NoiseGate::Settings& settings, Planar audio, std::size_t block) {
    NoiseGate gate;
    gate.reset(rate);
    return in_blocks(std::move(audio), {block},
                     [&](float* const* samples, std::size_t channels, std::size_t frames) {
                         gate.process(settings, samples, channels, frames);
                     });
}

} // namespace

TEST_CASE("A gate that is off passes every bit", "[plugin]") {
    const Planar audio = playing(2, 20000, 1);
    CHECK(gated({}, audio, 64) == audio);
}

TEST_CASE("A gate silences hum between notes and lets notes through", "[plugin]") {
    // A note of 0.1 s at −12 dB, hum at −70 dB, another note.
    std::vector<float> samples(48000);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const bool note = i < 4800 || i >= 38400;
        samples[i] = (note ? 0.25f : 3e-4f) * std::sin(0.05f * float(i));
    }
    const NoiseGate::Settings settings{true, -50.0f, 0.05f, 0.1f};
    const std::vector<float> out = gated(settings, {samples}, 64)[0];
    const auto same = [&](std::size_t begin, std::size_t end) {
        return std::equal(samples.begin() + long(begin), samples.begin() + long(end),
                          out.begin() + long(begin));
    };
    CHECK(same(0, 7000)); // the note, and the hold after it
    CHECK(std::all_of(out.begin() + 24000, out.begin() + 38400, [](float x) { return x == 0.0f; }));
    CHECK(same(38400 + 200, 48000));        // open again within 1 ms of passing the threshold
    for (std::size_t i = 1; i < 38400; ++i) // closing adds no step
        REQUIRE(std::abs(out[i] - out[i - 1]) <= std::abs(samples[i] - samples[i - 1]) + 2e-6f);
}

TEST_CASE("A gate does the same for any block, and the same to both channels", "[plugin]") {
    const NoiseGate::Settings settings{true, -20.0f, 0.01f, 0.05f};
    const Planar audio = playing(2, 30000, 2);
    const Planar whole = gated(settings, audio, 30000);
    CHECK(whole != audio);
    for (const std::size_t block : {1, 37, 512})
        CHECK(gated(settings, audio, block) == whole);
    Planar one_sided = audio;
    std::fill(one_sided[1].begin(), one_sided[1].end(), 1e-5f);
    const Planar out = gated(settings, one_sided, 64);
    for (std::size_t i = 0; i < out[0].size(); ++i)
        if (one_sided[0][i] != 0.0f)
            REQUIRE(out[1][i] / 1e-5f == Approx(out[0][i] / one_sided[0][i]).margin(1e-4));
}

} // namespace continuo::plugin
