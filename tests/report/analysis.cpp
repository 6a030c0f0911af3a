// What the pictures of the report are made of.
#include "models/report/base64.h"
#include "models/report/moments.h"
#include "models/report/page_text.h"
#include "models/report/spectrum.h"
#include "models/report/waveform.h"
#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace continuo::report;

namespace {

std::vector<float> sine(double frequency, double amplitude, double rate, std::size_t frames) {
    std::vector<float> signal(frames);
    for (std::size_t i = 0; i < frames; ++i)
        signal[i] =
            static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * frequency * double(i) / rate));
    return signal;
}

std::string base64_text(std::string_view text) {
    return base64(std::as_bytes(std::span(text)));
}

} // namespace

TEST_CASE("base 64 gives the test vectors of RFC 4648") {
    CHECK(base64_text("").empty());
    CHECK(base64_text("f") == "Zg==");
    CHECK(base64_text("fo") == "Zm8=");
    CHECK(base64_text("foo") == "Zm9v");
    CHECK(base64_text("foobar") == "Zm9vYmFy");
    CHECK(base64_text("\xff\xfe\xfd") == "//79");
}

TEST_CASE("third-octave levels: a sine reads its level in its band and nothing two octaves away") {
    for (const double rate : {44100.0, 48000.0, 96000.0}) {
        const FrequencyAxis axis{20.0, 20000.0, 240};
        const std::vector<double> levels =
            third_octave_levels(sine(1000.0, 0.5, rate, static_cast<std::size_t>(2.0 * rate)), rate, axis);
        for (std::size_t i = 0; i < axis.count; ++i) {
            const double octaves = std::log2(axis.at(i) / 1000.0);
            if (std::abs(octaves) < 0.1)
                CHECK(levels[i] == Approx(-6.02).margin(0.05));
            if (std::abs(octaves) > 2.0)
                CHECK(levels[i] < -100.0);
        }
    }
}

TEST_CASE("third-octave levels: white noise rises by 3 dB an octave and holds its power") {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0.0f, 0.1f);
    std::vector<float> noise(480000);
    std::generate(noise.begin(), noise.end(), [&] { return normal(random); });
    const FrequencyAxis axis{500.0, 8000.0, 5}; // whole octaves
    const std::vector<double> levels = third_octave_levels(noise, 48000.0, axis);
    for (std::size_t i = 0; i < axis.count; ++i) {
        const double band = axis.at(i) * (std::exp2(1.0 / 6.0) - std::exp2(-1.0 / 6.0));
        const double power = 2.0 * 0.01 * band / 24000.0; // twice: a sine at full scale reads 0 dB
        CHECK(levels[i] == Approx(10.0 * std::log10(power)).margin(0.5));
    }
}

TEST_CASE("a spectrogram shows which tone sounds when, at its level") {
    std::vector<float> signal = sine(500.0, 0.5, 48000.0, 48000);
    const std::vector<float> second = sine(4000.0, 0.05, 48000.0, 48000);
    signal.insert(signal.end(), second.begin(), second.end());
    const FrequencyAxis axis{40.0, 20000.0, 100};
    const Spectrogram picture = spectrogram(signal, 48000.0, axis, 40);
    const auto loudest = [&](std::size_t column) {
        std::size_t best = 0;
        for (std::size_t row = 0; row < axis.count; ++row)
            if (picture.level[row * 40 + column] > picture.level[best * 40 + column])
                best = row;
        return best;
    };
    CHECK(axis.at(loudest(10)) == Approx(500.0).epsilon(0.05));
    CHECK(axis.at(loudest(30)) == Approx(4000.0).epsilon(0.05));
    CHECK(picture.level[loudest(10) * 40 + 10] == Approx(-6.0f).margin(1.5f));
    CHECK(picture.level[loudest(30) * 40 + 30] == Approx(-26.0f).margin(1.5f));

    const std::vector<std::uint8_t> quantised = quantise(picture, 0.0, 80.0);
    const std::size_t row_from_top = axis.count - 1 - loudest(10);
    CHECK(double(quantised[row_from_top * 40 + 10]) == Approx(255.0 * 74.0 / 80.0).margin(5.0));
}

TEST_CASE("the loudest window lies on the burst") {
    std::vector<float> signal(50000, 0.01f);
    std::fill_n(signal.begin() + 31000, 800, 0.9f);
    const Window window = loudest_window(signal, 1200);
    CHECK(window.length == 1200);
    CHECK(window.begin <= 31000);
    CHECK(window.begin + window.length >= 31800);
    CHECK(loudest_window(std::span(signal).first(500), 1200).length == 500);
}

TEST_CASE("the excerpt holds the moment it must hold and prefers sound to silence") {
    constexpr double rate = 1000.0;
    std::vector<float> signal(100'000, 0.0f); // sound from 40 s to 60 s
    std::fill(signal.begin() + 40'000, signal.begin() + 60'000, 0.5f);
    for (const std::size_t moment : {std::size_t{0}, std::size_t{100}, std::size_t{35'000},
                                     std::size_t{41'000}, std::size_t{59'900}, std::size_t{99'999}}) {
        const Window window = excerpt_window(signal, moment, 16'000, rate);
        CHECK(window.length == 16'000);
        CHECK(window.begin + window.length <= signal.size());
        CHECK(window.begin <= moment);
        CHECK(moment < window.begin + window.length);
    }
    const Window early = excerpt_window(signal, 41'000, 16'000, rate);
    CHECK(early.begin >= 39'900);
    const Window late = excerpt_window(signal, 59'000, 16'000, rate);
    CHECK(late.begin + late.length <= 60'100);
    CHECK(excerpt_window(std::span(signal).first(9000), 5, 16'000, rate).length == 9000);
}

TEST_CASE("the overview holds the extremes of each column") {
    std::vector<float> signal(1000, 0.0f);
    signal[255] = 0.5f;
    signal[256] = -0.25f;
    const std::vector<std::int16_t> overview = waveform_overview(signal, 10, 1.0);
    REQUIRE(overview.size() == 20);
    CHECK(overview[4] == -8192);
    CHECK(overview[5] == 16384);
    CHECK(overview[6] == 0);
    CHECK(waveform_overview(std::span(signal).first(3), 10, 1.0).size() == 6);
}

TEST_CASE("a device that only turns the level draws a straight line") {
    std::mt19937 random(2);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    std::vector<float> input(20000), output(20000);
    for (std::size_t i = 0; i < input.size(); ++i) {
        input[i] = uniform(random);
        output[i] = 0.5f * input[i];
    }
    const ResponseDensity density = response_density(input, output, 1.0, 0.5, 32);
    for (std::size_t row = 0; row < 32; ++row)
        for (std::size_t column = 0; column < 32; ++column)
            CHECK((density.counts[row * 32 + column] > 0) == (31 - row == column));
}

TEST_CASE("figures are written as they are read") {
    CHECK(figure(0.0) == "0");
    CHECK(figure(0.00388) == "0.00388");
    CHECK(figure(-24.06) == "−24.1");
    CHECK(figure(1234.5) == "1234"); // no exponent
    CHECK(figure(0.0000123) == "1.23e-05");
    CHECK(in_unit(44100.0, "Hz", 4) == "44.1\u00a0kHz");
    CHECK(in_unit(0.0012, "s") == "1.2\u00a0ms");
    CHECK(energy_decibels(0.001) == "−30.0\u00a0dB");
    CHECK(energy_decibels(0.0) == "−∞\u00a0dB");
    CHECK(decibels(-0.01) == "0.0\u00a0dB");
    CHECK(grouped(1234567) == "1\u2009234\u2009567");
    CHECK(duration(125.0) == "2\u00a0min\u00a005\u00a0s");
}

TEST_CASE("markup in text loses its meaning, and so does what is no text") {
    CHECK(escape_html("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    CHECK(escape_html("Röhre 5\xc2\xb5") == "Röhre 5µ");
    CHECK(escape_html("a\xff\x01z") == "a\xef\xbf\xbd z");
}

TEST_CASE("values filled into the template are not searched again") {
    CHECK(fill_template("<{{a}}|{{b}}>", {{"a", "{{b}}"}, {"b", "2"}}) == "<{{b}}|2>");
    CHECK_THROWS_AS(fill_template("{{missing}}", {}), std::logic_error);
}
