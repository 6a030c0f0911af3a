#include "plugin/signal_path.h"

#include "models/render/render.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace continuo::plugin {

namespace {

constexpr double rate = 48000.0;

std::unique_ptr<PreparedModel> prepared(const Model& model) {
    return std::make_unique<PreparedModel>(model, rate, SignalPath::most_channels, dsp::Quality::eco);
}

ImpulseResponse impulse_response(std::size_t frames) {
    ImpulseResponse response;
    response.sample_rate = rate;
    response.samples.setSize(1, int(frames));
    for (std::size_t i = 0; i < frames; ++i)
        response.samples.setSample(0, int(i), std::cos(0.3f * float(i * i)) * std::exp(-float(i) / 100.0f));
    return response;
}

} // namespace

TEST_CASE("The signal path plays a model with the same bits as the offline renderer", "[plugin]") {
    const Model model = random_model(1, {"Drive"});
    const std::array<float, 1> knobs{0.7f};
    SignalPath::Settings settings;
    settings.knobs = knobs;
    SignalPath path;
    path.model.start(prepared(model), rate);
    path.prepare(rate);
    const Planar audio = playing(2, 20000, 3);
    const Planar out = run(path, settings, audio, {480});
    for (std::size_t channel = 0; channel < 2; ++channel) {
        std::vector<float> expected(audio[channel].size());
        render_channel(model, audio[channel], expected, rate, {{knobs.begin(), knobs.end()}});
        CHECK(out[channel] == expected);
    }
}

TEST_CASE("With every part on, the sound does not depend on the block", "[plugin]") {
    const Model model = random_model(2, {"Drive", "Tone"});
    juce::dsp::ConvolutionMessageQueue queue;
    const ImpulseResponse response = impulse_response(800);
    const Planar audio = playing(2, 30000, 4);
    const auto play = [&](const std::vector<std::size_t>& blocks) {
        std::array<float, 2> knobs{0.2f, 0.9f};
        SignalPath::Settings settings;
        settings.knobs = knobs;
        SignalPath path;
        path.model.start(prepared(model), rate);
        path.cabinet.start(std::make_unique<Cabinet>(response, rate, 512, queue), rate);
        path.prepare(rate);
        Planar first = audio, second = audio;
        for (std::size_t channel = 0; channel < 2; ++channel) {
            first[channel].resize(9600);
            second[channel].erase(second[channel].begin(), second[channel].begin() + 9600);
        }
        first = run(path, settings, first, blocks);
        knobs = {0.8f, 0.1f};
        settings.tone = settings.cabinet = settings.gate.on = true;
        settings.tone_db = {6.0f, -6.0f, 3.0f};
        settings.gate.threshold_db = -40.0f;
        settings.input_db = 6.0f;
        settings.output_db = -3.0f;
        second = run(path, settings, second, blocks);
        for (std::size_t channel = 0; channel < 2; ++channel)
            first[channel].insert(first[channel].end(), second[channel].begin(), second[channel].end());
        return first;
    };
    const Planar whole = play({512});
    // The convolution sums in another order for other blocks, everything else has the same bits.
    for (const std::vector<std::size_t>& blocks :
         std::vector<std::vector<std::size_t>>{{1}, {37}, {64}, {4096}, {1, 300, 64, 5000}})
        for (std::size_t channel = 0; channel < 2; ++channel) {
            const std::vector<float> out = play(blocks)[channel];
            float largest = 0.0f;
            for (std::size_t i = 0; i < out.size(); ++i)
                largest = std::max(largest, std::abs(out[i] - whole[channel][i]));
            CHECK(largest < 1e-6f);
        }
}

TEST_CASE("Bypass passes every bit, and changes over without a click", "[plugin]") {
    const Model model = random_model(3);
    SignalPath path;
    SignalPath::Settings settings;
    path.model.start(prepared(model), rate);
    path.prepare(rate);
    const Planar audio = sines(2, 9600, rate);
    Planar out = run(path, settings, audio, {64});
    CHECK(out != audio);
    settings.bypass = true;
    const Planar leaving = run(path, settings, audio, {64});
    CHECK(std::equal(leaving[0].begin() + 960, leaving[0].end(), audio[0].begin() + 960));
    settings.bypass = false;
    const Planar coming = run(path, settings, audio, {64});
    for (const Planar& part : {leaving, coming})
        out[0].insert(out[0].end(), part[0].begin(), part[0].end());
    // Each part begins where the sine is at 0 again, so that the input itself has no step.
    CHECK(juce::Decibels::gainToDecibels(click(out[0])) < -90.0f);
}

TEST_CASE("Models that change every 50 ms while a tone plays do not click", "[plugin]") {
    SignalPath path;
    const SignalPath::Settings settings;
    path.model.start(prepared(random_model(0)), rate);
    path.prepare(rate);
    Planar audio = sines(1, 48000, rate), out = audio;
    for (std::size_t begin = 0, turn = 1; begin < 48000; begin += 2400, ++turn) {
        path.model.change(prepared(random_model(turn)));
        Planar part{{audio[0].begin() + long(begin), audio[0].begin() + long(begin) + 2400}};
        part = run(path, settings, part, {64});
        std::copy(part[0].begin(), part[0].end(), out[0].begin() + long(begin));
    }
    CHECK(juce::Decibels::gainToDecibels(click(out[0])) < -90.0f);
}

TEST_CASE("Levels: raw as recorded, normalised equally loud, calibrated in volts", "[plugin]") {
    Model model = random_model(5);
    const Planar audio = sines(1, 4800, rate);
    const auto play = [&](Levels levels, float full_scale_dbu, float gain) {
        SignalPath::Settings settings;
        settings.levels = {levels, full_scale_dbu};
        Planar scaled = audio;
        for (float& sample : scaled[0])
            sample *= gain;
        SignalPath path;
        path.model.start(prepared(model), rate);
        path.prepare(rate);
        return run(path, settings, scaled, {64})[0];
    };
    const auto check_equal = [](const std::vector<float>& one, const std::vector<float>& other, float gain) {
        for (std::size_t i = 0; i < one.size(); ++i)
            REQUIRE(one[i] == Approx(gain * other[i]).margin(1e-6));
    };
    const std::vector<float> raw = play(Levels::raw, 12.0f, 1.0f);
    // A model that does not know its levels stays as it is.
    CHECK(play(Levels::normalised, 12.0f, 1.0f) == raw);
    CHECK(play(Levels::calibrated, 12.0f, 1.0f) == raw);

    model.loudness_lufs = -12.0;
    check_equal(play(Levels::normalised, 12.0f, 1.0f), raw, std::pow(10.0f, -6.0f / 20.0f)); // to −18 LUFS

    // Full scale is 4 dBu here and was 10 there: the device had heard half the number for the same volts.
    model.input_dbu = 10.0;
    model.output_dbu = 16.0;
    const float half = std::pow(10.0f, -6.0f / 20.0f), fourfold = std::pow(10.0f, 12.0f / 20.0f);
    check_equal(play(Levels::calibrated, 4.0f, 1.0f), play(Levels::raw, 4.0f, half), fourfold);
    // An interface like the one it was recorded with changes nothing at the input.
    check_equal(play(Levels::calibrated, 10.0f, 1.0f), raw, std::pow(10.0f, 6.0f / 20.0f));
}

TEST_CASE("Bad samples reach neither the model's state nor the meters for good", "[plugin]") {
    SignalPath path;
    const SignalPath::Settings settings;
    path.model.start(prepared(random_model(6)), rate);
    path.prepare(rate);
    Planar bad = sines(1, 480, rate);
    bad[0][100] = std::numeric_limits<float>::quiet_NaN();
    bad[0][200] = std::numeric_limits<float>::infinity();
    run(path, settings, bad, {64});
    const Planar silence{std::vector<float>(48000, 0.0f)};
    const Planar out = run(path, settings, silence, {64});
    CHECK(std::all_of(out[0].begin(), out[0].end(), [](float x) { return std::isfinite(x); }));
}

} // namespace continuo::plugin
