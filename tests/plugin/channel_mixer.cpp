#include "plugin/signal_path.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <algorithm>
#include <memory>

namespace continuo::plugin {

namespace {

constexpr double rate = 48000.0;

// A signal path with a model in it, ready to play.
struct Rig {
    explicit Rig(dsp::Quality quality = dsp::Quality::eco) {
        auto model =
            std::make_unique<PreparedModel>(random_model(3), rate, SignalPath::most_channels, quality);
        path.set_latency(model->latency());
        path.model.start(std::move(model), rate);
        path.cabinet.start(nullptr, rate);
        path.prepare(rate);
    }
    SignalPath path;
};

// What one channel becomes in a rig of its own.
std::vector<float> alone(const std::vector<float>& channel, dsp::Quality quality = dsp::Quality::eco) {
    Rig rig(quality);
    return run(rig.path, {}, {channel}, {512})[0];
}

SignalPath::Settings with(Channels channels) {
    SignalPath::Settings settings;
    settings.channels = channels;
    return settings;
}

} // namespace

TEST_CASE("One side, the other, or their mean is heard on both sides", "[plugin]") {
    const Planar audio = playing(2, 20000, 1);
    std::vector<float> mean(audio[0].size());
    for (std::size_t i = 0; i < mean.size(); ++i)
        mean[i] = 0.5f * (audio[0][i] + audio[1][i]);
    for (const auto& [choice, expected] : {std::pair{Channels::left, alone(audio[0])},
                                           {Channels::right, alone(audio[1])},
                                           {Channels::sum, alone(mean)}}) {
        Rig rig;
        const Planar out = run(rig.path, with(choice), audio, {64, 511, 1});
        CHECK(out[0] == expected);
        CHECK(out[1] == expected);
    }
    Rig rig;
    const Planar out = run(rig.path, with(Channels::stereo), audio, {64, 511, 1});
    CHECK(out[0] == alone(audio[0]));
    CHECK(out[1] == alone(audio[1]));
}

TEST_CASE("Changing the channels makes no click, and ends where it would have begun", "[plugin]") {
    const auto quality = GENERATE(dsp::Quality::eco, dsp::Quality::offline);
    Rig rig(quality);
    const std::size_t change = 9600;
    const Planar audio = sines(2, 30 * change, rate);
    const std::vector<Channels> choices{Channels::stereo, Channels::left,  Channels::right,  Channels::sum,
                                        Channels::stereo, Channels::right, Channels::stereo, Channels::sum};
    std::size_t begin = 0;
    const Planar out = // in blocks that end where the tones are not at 0
        in_blocks(audio, {470}, [&](float* const* samples, std::size_t channels, std::size_t frames) {
            rig.path.process(with(choices[std::min(begin / change, choices.size() - 1)]), samples, channels,
                             frames);
            begin += frames;
        });
    const float steady = std::max(click(alone(audio[0], quality)), click(alone(audio[1], quality)));
    CHECK(click(out[0]) < steady + 3e-5f); // −90 dB
    CHECK(click(out[1]) < steady + 3e-5f);

    Rig other(quality);
    const Planar expected = run(other.path, with(Channels::sum), audio, {480});
    for (std::size_t i = 29 * change; i < 30 * change; ++i) { // long after the last change
        REQUIRE(out[0][i] == Approx(expected[0][i]).margin(1e-4));
        REQUIRE(out[1][i] == out[0][i]);
    }
}

} // namespace continuo::plugin
