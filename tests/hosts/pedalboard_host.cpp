// pedalboard, a host for Python, with the built VST3, without a display.
#include "models/audio/audio_file.h"
#include "models/format/ssm_file.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/command/program.h"
#include "tests/plugin/sounds.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <filesystem>
#include <iostream>

namespace continuo::plugin {

namespace {

using tests::Outcome;
using tests::Workplace;

// What pedalboard, which is made with JUCE, keeps of a VST3.
juce::MemoryBlock raw_state(const juce::MemoryBlock& component) {
    juce::XmlElement xml("VST3PluginState");
    xml.createNewChildElement("IComponent")->addTextElement(component.toBase64Encoding());
    juce::MemoryBlock state;
    juce::AudioProcessor::copyXmlToBinary(xml, state);
    return state;
}

} // namespace

TEST_CASE("pedalboard plays with the plug-in what render gives, restores and turns its knobs", "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Workplace place;
    constexpr double rate = 48000.0;
    write_audio(place.path("dry.wav"), {rate, playing(2, 48000, 6)}, SampleFormat::wav32f, false);
    write_model(random_model(6, {"Drive"}), place.path("device.ssm"));
    place.write("state", "");
    const auto host = [&](int block, const std::string& parameters) {
        const Outcome outcome =
            place.shell("timeout 120 ${CONTINUO_PYTHON:-python3} " CONTINUO_PEDALBOARD_SCRIPT
                        " " CONTINUO_VST3 " state dry.wav wet.wav " +
                        std::to_string(block) + " " + parameters);
        INFO(outcome.output << outcome.error);
        REQUIRE(outcome.status == 0);
        std::cout << outcome.output;
        return outcome.output.empty();
    };
    const auto heard = [&] { return read_audio(place.path("wet.wav")).channels; };
    const auto rendered = [&](const std::string& drive) {
        REQUIRE(place
                    .run("render -m device.ssm dry.wav --quality eco -o " + drive +
                         ".wav --knob Drive=" + drive + " --format wav32f")
                    .status == 0);
        return read_audio(place.path(drive + ".wav")).channels;
    };
    if (!host(512, "")) // it said that it is skipped
        return;
    const Planar dry = read_audio(place.path("dry.wav")).channels, expected = rendered("0.75"),
                 other = rendered("0.25");
    REQUIRE(largest_difference(expected, dry) > 0.01f);
    REQUIRE(largest_difference(expected, other) > 0.001f);
    CHECK(heard() == dry); // no model yet

    Processor processor;
    REQUIRE(processor.load_model(juce::File(place.path("device.ssm"))));
    *processor.parameters().quality = int(dsp::Quality::eco);
    *processor.parameters().offline_quality = 0; // as played
    processor.parameters().knobs[0]->setValueNotifyingHost(0.75f);
    juce::MemoryBlock session;
    processor.getStateInformation(session);
    const juce::MemoryBlock state = raw_state(session);
    REQUIRE(juce::File(place.path("state")).replaceWithData(state.getData(), state.getSize()));
    std::filesystem::remove(place.path("device.ssm"));
    for (const int block : {64, 8192}) {
        host(block, "");
        CHECK(largest_difference(heard(), expected) < 1e-6f);
    }
    host(512, "drive=0.25"); // by the model's own name for it
    CHECK(largest_difference(heard(), other) < 1e-6f);
    host(512, ""); // as pedalboard saved it
    CHECK(largest_difference(heard(), other) < 1e-6f);
    host(512, "bypass=1");
    CHECK(largest_difference(heard(), dry) < 1e-6f);
}

} // namespace continuo::plugin
