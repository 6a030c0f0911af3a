// The program without a host, on a screen that nobody sees, with a mouse that nobody holds.
#include "models/format/ssm_file.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/command/program.h"
#include "tests/plugin/sounds.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <array>
#include <iostream>
#include <optional>
#include <string>

namespace continuo::plugin {

namespace {

using tests::Outcome;
using tests::Workplace;

// Starts the program as `command` says, waits for its window, does with the mouse and the keyboard what
// `hands` say, X and Y being where the window is, and ends it. An empty outcome where there is no screen to
// be had.
std::optional<Outcome> use(const Workplace& place, const std::string& command, const std::string& hands) {
    if (place.shell("command -v xvfb-run && command -v xdotool").status != 0) {
        std::cout
            << "SKIPPED: xvfb or xdotool is not installed (Debian: apt-get install xvfb xauth xdotool)\n";
        return std::nullopt;
    }
    place.write("use.sh", "export HOME=\"$PWD/home\"\n" + command + R"sh( & program=$!
window=$(timeout 30 xdotool search --sync --onlyvisible --name '^Continuo$' | tail -1)
test -n "$window" || exit 1
eval "$(xdotool getwindowgeometry --shell "$window")"
)sh" + hands + R"sh(
kill -INT $program
wait $program
)sh");
    return place.shell("mkdir home && timeout 90 xvfb-run -a -s '-screen 0 1280x900x24' sh use.sh");
}

// What the program kept of its sound when it ended.
juce::MemoryBlock kept_state(const Workplace& place) {
    juce::MemoryBlock state;
    const juce::File settings(place.path("home/.config/Continuo/Continuo.settings"));
    if (const auto xml = juce::parseXML(settings))
        for (const juce::XmlElement* value : xml->getChildWithTagNameIterator("VALUE"))
            if (value->getStringAttribute("name") == "filterState")
                state.fromBase64Encoding(value->getStringAttribute("val"));
    return state;
}

Planar played(Processor& processor, Planar audio) {
    processor.setRateAndBufferSizeDetails(48000.0, int(audio[0].size()));
    processor.prepareToPlay(48000.0, int(audio[0].size()));
    std::array<float*, 2> pointers{audio[0].data(), audio[1].data()};
    juce::AudioBuffer<float> buffer(pointers.data(), 2, int(audio[0].size()));
    juce::MidiBuffer midi;
    processor.processBlock(buffer, midi);
    return audio;
}

} // namespace

TEST_CASE("The standalone opens a model, a knob dragged with the mouse is heard, and what was set is kept",
          "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Workplace place;
    write_model(random_model(9), place.path("device.ssm"));
    const auto outcome = use(place, CONTINUO_STANDALONE " device.ssm", R"sh(
xdotool mousemove $((X + 101)) $((Y + 224)) sleep 0.5 mousedown 1
for i in 1 2 3 4 5 6 7 8; do xdotool mousemove_relative -- 0 -10 sleep 0.05; done
xdotool mouseup 1 sleep 0.5)sh");
    if (!outcome)
        return;
    INFO(outcome->output << outcome->error);
    CHECK(outcome->status == 0);

    Processor processor, untouched;
    const juce::MemoryBlock state = kept_state(place);
    REQUIRE(!state.isEmpty());
    processor.setStateInformation(state.getData(), int(state.getSize()));
    REQUIRE(processor.model());
    CHECK(processor.model()->file.getFileName() == "device.ssm");
    CHECK(processor.parameters().input_db->get() > 2.0f);
    REQUIRE(untouched.load_model(juce::File(place.path("device.ssm"))));
    const Planar audio = playing(2, 4800, 1);
    CHECK(played(processor, audio) != played(untouched, audio));
    // Nobody has to look for the switch that lets the sound in.
    CHECK(place.text("home/.config/Continuo/Continuo.settings").find("name=\"shouldMuteInput\" val=\"0\"") !=
          std::string::npos);
}

TEST_CASE("The standalone, found on the search path as a desktop finds it, offers the factory models",
          "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Workplace place;
    const juce::File program(CONTINUO_STANDALONE);
    const std::string folder = program.getParentDirectory().getFullPathName().toStdString();
    const auto outcome =
        use(place, "PATH=\"" + folder + ":$PATH\" " + program.getFileName().toStdString(), R"sh(
xdotool mousemove $((X + 763)) $((Y + 98)) click 1 sleep 1
xdotool key Down sleep 0.2 key Down sleep 0.2 key Return sleep 1)sh");
    if (!outcome)
        return;
    INFO(outcome->output << outcome->error);
    CHECK(outcome->status == 0);
    Processor processor;
    const juce::MemoryBlock state = kept_state(place);
    processor.setStateInformation(state.getData(), int(state.getSize()));
    REQUIRE(processor.model()); // the second item of the menu, after "Open a file..."
    CHECK(processor.model()->file == program.getSiblingFile("models/big-fuzz.ssm"));
}

} // namespace continuo::plugin
