#include "plugin/processor.h"

#include "models/format/ssm_file.h"
#include "models/render/render.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <algorithm>

namespace continuo::plugin {

namespace {

constexpr double rate = 48000.0;

Planar play(juce::AudioProcessor& processor, const Planar& audio, int block) {
    Planar out = audio;
    juce::MidiBuffer midi;
    const int frames = int(audio[0].size());
    for (int begin = 0; begin < frames; begin += block) {
        std::vector<float*> pointers;
        for (std::vector<float>& channel : out)
            pointers.push_back(channel.data() + begin);
        juce::AudioBuffer<float> buffer(pointers.data(), int(pointers.size()),
                                        std::min(block, frames - begin));
        processor.processBlock(buffer, midi);
    }
    return out;
}

void write(const juce::File& file, const Model& model) {
    write_model(model, file.getFullPathName().toStdString());
}

} // namespace

TEST_CASE("With eco the plug-in plays what the command line renders, at its own rate and without latency",
          "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    const Model model = random_model(1, {"Drive"});
    write(folder.file("a.ssm"), model);
    for (const double host_rate : {44100.0, 48000.0, 96000.0}) {
        Processor processor;
        processor.enableAllBuses();
        *processor.parameters().quality = int(dsp::Quality::eco);
        REQUIRE(processor.load_model(folder.file("a.ssm")));
        processor.setRateAndBufferSizeDetails(host_rate, 128);
        processor.prepareToPlay(host_rate, 128);
        CHECK(processor.getLatencySamples() == 0);
        const Planar audio = playing(2, 10000, 1);
        const Planar out = play(processor, audio, 128);
        for (std::size_t channel = 0; channel < 2; ++channel) {
            std::vector<float> expected(audio[channel].size());
            render_channel(model, audio[channel], expected, host_rate, {{model.knobs[0].default_value}});
            CHECK(out[channel] == expected);
        }
    }
}

TEST_CASE("A file that is no model says why, and what played goes on", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    write(folder.file("good.ssm"), random_model(1));
    folder.file("bad.ssm").replaceWithText("not a model");
    Processor processor, undisturbed;
    for (Processor* one : {&processor, &undisturbed}) {
        REQUIRE(one->load_model(folder.file("good.ssm")));
        one->prepareToPlay(rate, 64);
    }
    const Planar audio = playing(2, 9600, 1);
    CHECK(play(processor, audio, 64) == play(undisturbed, audio, 64));
    CHECK_FALSE(processor.load_model(folder.file("bad.ssm")));
    INFO(processor.error());
    CHECK(processor.error().contains("bad.ssm: "));
    CHECK_FALSE(processor.error().containsChar('\n'));
    CHECK(processor.model()->file == folder.file("good.ssm"));
    CHECK(play(processor, audio, 64) == play(undisturbed, audio, 64));
    CHECK_FALSE(processor.load_cabinet(folder.file("bad.ssm")));
    CHECK(play(processor, audio, 64) == play(undisturbed, audio, 64));
    REQUIRE(processor.load_model(folder.file("good.ssm")));
    CHECK(processor.error().isEmpty());
}

TEST_CASE("A session sounds the same on a machine without the model's file", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    juce::MemoryBlock state;
    const Planar audio = playing(2, 9600, 1);
    Planar expected;
    {
        const TemporaryFolder folder;
        write(folder.file("a.ssm"), random_model(7, {"Drive", "Tone"}));
        Processor processor;
        REQUIRE(processor.load_model(folder.file("a.ssm")));
        processor.parameters().knobs[1]->setValueNotifyingHost(0.8f);
        processor.parameters().output_db->setValueNotifyingHost(0.6f);
        processor.parameters().tone->setValueNotifyingHost(1.0f);
        processor.parameters().bass_db->setValueNotifyingHost(0.9f);
        processor.prepareToPlay(rate, 64);
        expected = play(processor, audio, 64);
        processor.getStateInformation(state);
    }
    Processor before, after;
    before.setStateInformation(state.getData(), int(state.getSize()));
    before.prepareToPlay(rate, 64);
    CHECK(play(before, audio, 64) == expected);
    CHECK(before.parameters().knobs[1]->getName(64) == "Tone");
    // Some hosts restore the state of a plug-in that plays already.
    after.prepareToPlay(rate, 64);
    play(after, audio, 64);
    after.setStateInformation(state.getData(), int(state.getSize()));
    play(after, audio, 64);
    const Planar silence(2, std::vector<float>(96000, 0.0f));
    play(before, silence, 64);
    play(after, silence, 64);
    const Planar one = play(before, audio, 64), other = play(after, audio, 64);
    for (std::size_t i = 0; i < one[0].size(); ++i)
        REQUIRE(other[0][i] == Approx(one[0][i]).margin(1e-3));
}

TEST_CASE("Knobs are named after the model's, and start where it says", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    write(folder.file("a.ssm"), random_model(1, {"Drive", "Presence"}));
    Processor processor;
    const Parameters& all = processor.parameters();
    CHECK_FALSE(all.knobs[0]->used());
    REQUIRE(processor.load_model(folder.file("a.ssm")));
    CHECK(all.knobs[0]->getName(64) == "Drive");
    CHECK(all.knobs[1]->getName(64) == "Presence");
    CHECK(all.knobs[1]->get() == 0.25f);
    CHECK_FALSE(all.knobs[2]->used());
}

TEST_CASE("Previous and next go through the folder in order, around its end, and over a deleted file",
          "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    for (const char* name : {"a.ssm", "b.ssm", "c.ssm"})
        write(folder.file(name), random_model(std::uint64_t(name[0])));
    Processor processor;
    CHECK_FALSE(processor.load_neighbour(1));
    REQUIRE(processor.load_model(folder.file("b.ssm")));
    const auto name = [&] { return processor.model()->file.getFileName().toStdString(); };
    REQUIRE(processor.load_neighbour(1));
    CHECK(name() == "c.ssm");
    REQUIRE(processor.load_neighbour(1));
    CHECK(name() == "a.ssm");
    REQUIRE(processor.load_neighbour(-1));
    CHECK(name() == "c.ssm");
    REQUIRE(processor.load_neighbour(-1));
    CHECK(name() == "b.ssm");
    folder.file("b.ssm").deleteFile();
    REQUIRE(processor.load_neighbour(1));
    CHECK(name() == "c.ssm");
}

TEST_CASE("A MIDI program change and the parameters of a foot switch choose a model", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    for (const char* name : {"a.ssm", "b.ssm", "c.ssm"})
        write(folder.file(name), random_model(std::uint64_t(name[0])));
    Processor processor;
    REQUIRE(processor.load_model(folder.file("a.ssm")));
    processor.prepareToPlay(rate, 64);
    const auto name_after = [&](const juce::MidiBuffer& events) {
        juce::AudioBuffer<float> audio(2, 64);
        audio.clear();
        juce::MidiBuffer midi = events;
        processor.processBlock(audio, midi);
        juce::MessageManager::getInstance()->runDispatchLoopUntil(200);
        return processor.model()->file.getFileName().toStdString();
    };
    const auto program = [](int number) {
        juce::MidiBuffer midi;
        midi.addEvent(juce::MidiMessage::programChange(3, number), 10);
        return midi;
    };
    CHECK(name_after(program(2)) == "c.ssm");
    CHECK(name_after(program(99)) == "c.ssm"); // there is none
    CHECK(name_after(program(0)) == "a.ssm");
    juce::AudioParameterBool* next = processor.parameters().next_model;
    next->setValueNotifyingHost(1.0f);
    CHECK(name_after({}) == "b.ssm");
    CHECK(name_after({}) == "b.ssm"); // held down, it is one step
    next->setValueNotifyingHost(0.0f);
    CHECK(name_after({}) == "b.ssm");
    next->setValueNotifyingHost(1.0f);
    CHECK(name_after({}) == "c.ssm");
    processor.parameters().previous_model->setValueNotifyingHost(1.0f);
    CHECK(name_after({}) == "b.ssm");
}

TEST_CASE("A mono input goes through one device to both sides", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    write(folder.file("a.ssm"), random_model(1));
    const Planar audio = playing(2, 4800, 1);
    const auto through = [&](const juce::AudioChannelSet& in, const juce::AudioChannelSet& out) {
        Processor processor;
        REQUIRE(processor.setBusesLayout({{in}, {out}}));
        REQUIRE(processor.load_model(folder.file("a.ssm")));
        processor.prepareToPlay(rate, 64);
        return play(processor, audio, 64);
    };
    const auto mono = juce::AudioChannelSet::mono(), stereo = juce::AudioChannelSet::stereo();
    const Planar both = through(stereo, stereo), wide = through(mono, stereo);
    CHECK(wide[0] == both[0]);
    CHECK(wide[1] == both[0]);
    CHECK(through(mono, mono)[0] == both[0]);
    Processor processor;
    CHECK_FALSE(processor.setBusesLayout({{stereo}, {mono}}));
}

} // namespace continuo::plugin
