#include "dsp/oversampling/oversampled_stack.h"
#include "models/format/ssm_file.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

namespace continuo::plugin {

namespace {

constexpr double rate = 48000.0;
constexpr int block = 64;

// A model whose output is its input, so that all delay is the filters'.
Model plain_wire() {
    Model model;
    dsp::StackParameters stack = dsp::make_stack({1, 1, 1, 0}, rate);
    stack.encoder = stack.decoder = {1.0f};
    stack.layers[0].skip = {1.0f};
    model.network = stack;
    return model;
}

Planar play(juce::AudioProcessor& processor, Planar audio, bool bypassed = false) {
    juce::MidiBuffer midi;
    return in_blocks(std::move(audio), {block},
                     [&](float* const* samples, std::size_t channels, std::size_t frames) {
                         juce::AudioBuffer<float> buffer(samples, int(channels), int(frames));
                         if (bypassed)
                             processor.processBlockBypassed(buffer, midi);
                         else
                             processor.processBlock(buffer, midi);
                     });
}

// What a stack makes of every channel.
Planar oversampled(const Model& model, Planar audio, double host_rate, dsp::Quality quality,
                   std::span<const float> knobs = {}) {
    for (std::vector<float>& channel : audio) {
        dsp::OversampledStack stack(model.stack(), host_rate, quality);
        stack.reset(knobs);
        stack.process(channel.data(), channel.data(), channel.size());
    }
    return audio;
}

Planar delayed(Planar audio, std::size_t samples) {
    for (std::vector<float>& channel : audio) {
        channel.insert(channel.begin(), samples, 0.0f);
        channel.resize(channel.size() - samples);
    }
    return audio;
}

// The message loop runs, so that the plug-in sees that a parameter is another.
void wait() {
    juce::MessageManager::getInstance()->runDispatchLoopUntil(150);
}

// A plug-in with a model in it.
struct Rig {
    explicit Rig(const Model& model = plain_wire()) {
        write_model(model, folder.file("a.ssm").getFullPathName().toStdString());
        REQUIRE(processor.load_model(folder.file("a.ssm")));
        processor.enableAllBuses();
    }
    void choose(dsp::Quality quality) { *processor.parameters().quality = int(quality); }
    void start(double host_rate = rate) {
        processor.setRateAndBufferSizeDetails(host_rate, block);
        processor.prepareToPlay(host_rate, block);
    }
    std::size_t latency() const { return std::size_t(processor.getLatencySamples()); }

    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    Processor processor;
};

// Counts what a host is told.
struct Listener final : juce::AudioProcessorListener {
    void audioProcessorParameterChanged(juce::AudioProcessor*, int, float) override {}
    void audioProcessorChanged(juce::AudioProcessor*, const ChangeDetails& details) override {
        latencies += details.latencyChanged ? 1 : 0;
    }
    int latencies = 0;
};

// Where the middle of a sound is, in samples.
double centre(const std::vector<float>& audio) {
    double sum = 0.0, moment = 0.0;
    for (std::size_t i = 0; i < audio.size(); ++i) {
        sum += double(audio[i]);
        moment += double(i) * double(audio[i]);
    }
    return moment / sum;
}

} // namespace

TEST_CASE("Every quality plays the bits of the oversampled model, however a host cuts the audio",
          "[plugin]") {
    const Model model = random_model(1, {"Drive"});
    const std::array<float, 1> knobs{0.7f};
    SignalPath::Settings settings;
    settings.knobs = knobs;
    const Planar audio = playing(2, 9000, 3);
    for (const double host_rate : {44100.0, 48000.0})
        for (const dsp::QualityDescription& description : dsp::qualities) {
            const Planar expected = oversampled(model, audio, host_rate, description.quality, knobs);
            for (const std::vector<std::size_t>& blocks :
                 std::vector<std::vector<std::size_t>>{{1}, {64}, {512, 7, 300}, {4096}}) {
                INFO(description.name << " at " << host_rate << ", blocks of " << blocks[0]);
                SignalPath path;
                path.model.start(std::make_unique<PreparedModel>(model, host_rate, SignalPath::most_channels,
                                                                 description.quality),
                                 host_rate);
                path.prepare(host_rate);
                CHECK(run(path, settings, audio, blocks) == expected);
            }
        }
}

TEST_CASE("The latency that a host is told is the delay of low tones, to half a sample", "[plugin]") {
    Rig rig;
    std::vector<float> pulse(8192);
    for (std::size_t i = 0; i < pulse.size(); ++i)
        pulse[i] = 0.5f * float(std::exp(-std::pow((double(i) - 2000.0) / 200.0, 2)));
    for (const double host_rate : {44100.0, 48000.0, 96000.0})
        for (const dsp::QualityDescription& description : dsp::qualities) {
            rig.choose(description.quality);
            rig.start(host_rate);
            const double delay = centre(play(rig.processor, {pulse, pulse})[1]) - centre(pulse);
            INFO(description.name << " at " << host_rate << ": " << delay << " samples, told "
                                  << rig.latency());
            CHECK(std::abs(delay - double(rig.latency())) < 0.5);
            CHECK((rig.latency() == 0) == (description.quality == dsp::Quality::eco));
        }
    Processor empty;
    empty.prepareToPlay(rate, block);
    CHECK(empty.getLatencySamples() == 0); // without a model there is nothing to be late
}

TEST_CASE("Bypass is the input, later by exactly the latency", "[plugin]") {
    const Planar audio = playing(2, 5000, 2);
    for (const dsp::QualityDescription& description : dsp::qualities) {
        INFO(description.name);
        Rig rig(random_model(2));
        rig.choose(description.quality);
        rig.start();
        CHECK(play(rig.processor, audio, true) == delayed(audio, rig.latency()));
        *rig.processor.parameters().bypass = true;
        rig.start();
        CHECK(play(rig.processor, audio) == delayed(audio, rig.latency()));
    }
}

TEST_CASE("What is bypassed can be as late as any quality at any rate", "[plugin]") {
    for (const dsp::QualityDescription& description : dsp::qualities)
        for (const double host_rate : {22050.0, 44100.0, 96000.0, 192000.0, 384000.0}) {
            const PreparedModel model(plain_wire(), host_rate, 1, description.quality);
            CHECK(model.latency() <= DryDelay::longest);
        }
}

TEST_CASE("A model that only turns the volume is never oversampled, and never late", "[plugin]") {
    Model gain, selective;
    gain.network = dsp::make_gain({4, 3, 5, 3, 0}, rate);
    selective.network = dsp::make_selective({4, 3, 2, 5, 3, 0}, rate);
    for (const Model* model : {&gain, &selective})
        for (const dsp::QualityDescription& description : dsp::qualities)
            CHECK(PreparedModel(*model, rate, 1, description.quality).latency() == 0);
}

TEST_CASE("Switching bypass shifts nothing in time, and does not click", "[plugin]") {
    const Planar audio = sines(2, 30 * block * 8, rate);
    for (const dsp::QualityDescription& description : dsp::qualities) {
        Rig rig;
        rig.choose(description.quality);
        rig.start();
        int blocks = 0;
        juce::MidiBuffer midi;
        const Planar out =
            in_blocks(audio, {block}, [&](float* const* samples, std::size_t channels, std::size_t frames) {
                *rig.processor.parameters().bypass = (blocks++ / 40) % 2 == 1; // changes every 53 ms
                juce::AudioBuffer<float> buffer(samples, int(channels), int(frames));
                rig.processor.processBlock(buffer, midi);
            });
        INFO(description.name);
        CHECK(largest_difference(out, delayed(audio, rig.latency())) < 2e-3f); // a third of a sample
        CHECK(juce::Decibels::gainToDecibels(click(out[0])) < -90.0f);
    }
}

TEST_CASE("Changing the quality while a tone plays does not click, bypassed or not", "[plugin]") {
    const Model model = random_model(0);
    const Planar audio = sines(1, 16 * 2400, rate);
    for (const bool bypass : {false, true}) {
        SignalPath path;
        SignalPath::Settings settings;
        settings.bypass = bypass;
        std::size_t turn = 0;
        path.model.start(nullptr, rate);
        path.prepare(rate);
        const Planar out =
            in_blocks(audio, {2400}, [&](float* const* samples, std::size_t channels, std::size_t frames) {
                constexpr std::array<std::size_t, 8> order{0, 3, 1, 2, 3, 2, 0, 1};
                auto next = std::make_unique<PreparedModel>(model, rate, SignalPath::most_channels,
                                                            dsp::Quality(order[turn++ % order.size()]));
                path.set_latency(next->latency());
                path.model.change(std::move(next));
                path.process(settings, samples, channels, frames);
            });
        INFO((bypass ? "bypassed" : "playing"));
        CHECK(juce::Decibels::gainToDecibels(click(out[0])) < -90.0f);
    }
}

TEST_CASE("A host is told of another latency when the quality, the model or the project is another",
          "[plugin]") {
    Rig rig;
    Listener host;
    rig.processor.addListener(&host);
    rig.start();
    CHECK(rig.latency() == 3);
    CHECK(host.latencies == 1);
    rig.choose(dsp::Quality::high);
    wait();
    CHECK(rig.latency() == 4);
    CHECK(host.latencies == 2);
    juce::MemoryBlock state;
    rig.processor.getStateInformation(state);
    // Some hosts restore a project after they have prepared the plug-in.
    Processor other;
    other.addListener(&host);
    other.prepareToPlay(rate, block);
    CHECK(other.getLatencySamples() == 0);
    other.setStateInformation(state.getData(), int(state.getSize()));
    CHECK(other.getLatencySamples() == 4);
    CHECK(host.latencies == 3);
    const Planar audio = playing(2, 2000, 1);
    CHECK(play(other, audio) == oversampled(plain_wire(), audio, rate, dsp::Quality::high));
    other.removeListener(&host);
    rig.processor.removeListener(&host);
}

TEST_CASE("A bounce has a quality of its own, from its first sample on", "[plugin]") {
    const Model model = random_model(4);
    const Planar audio = playing(2, 4000, 1);
    const Planar bounced = oversampled(model, audio, rate, dsp::Quality::offline),
                 played = oversampled(model, audio, rate, dsp::Quality::normal);
    Rig rig(model);
    *rig.processor.parameters().levels = int(Levels::raw);
    rig.start();
    CHECK(play(rig.processor, audio) == played);
    rig.processor.setNonRealtime(true);
    rig.start();
    CHECK(rig.latency() == 99);
    CHECK(play(rig.processor, audio) == bounced);
    rig.processor.setNonRealtime(false);
    rig.start();
    rig.processor.setNonRealtime(true); // a host that says so with the first block
    CHECK(play(rig.processor, audio) == bounced);
    CHECK(rig.latency() == 99);
    rig.processor.setNonRealtime(false);
    wait();
    CHECK(rig.latency() == 3);
    *rig.processor.parameters().offline_quality = 0; // as played
    rig.processor.setNonRealtime(true);
    rig.start();
    CHECK(rig.latency() == 3);
    CHECK(play(rig.processor, audio) == played);
}

} // namespace continuo::plugin
