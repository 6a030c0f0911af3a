// The program without a host, on a screen that nobody sees, with a mouse that nobody holds.
#include "models/format/ssm_file.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/command/program.h"
#include "tests/plugin/sounds.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <array>
#include <iostream>

namespace continuo::plugin {

namespace {

using tests::Outcome;
using tests::Workplace;

// Starts the program with a model, waits for its window, drags the mouse up from a point of it, and ends it.
const char* const script = R"sh(
HOME="$PWD/home" "$1" device.ssm & program=$!
window=$(timeout 30 xdotool search --sync --onlyvisible --name '^Continuo$' | tail -1)
test -n "$window" || exit 1
eval "$(xdotool getwindowgeometry --shell "$window")"
xdotool mousemove $((X + 101)) $((Y + 224)) sleep 0.5 mousedown 1
for i in 1 2 3 4 5 6 7 8; do xdotool mousemove_relative -- 0 -10 sleep 0.05; done
xdotool mouseup 1 sleep 0.5
kill -INT $program
wait $program
)sh";

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
    if (place.shell("command -v xvfb-run && command -v xdotool").status != 0) {
        std::cout
            << "SKIPPED: xvfb or xdotool is not installed (Debian: apt-get install xvfb xauth xdotool)\n";
        return;
    }
    write_model(random_model(9), place.path("device.ssm"));
    place.write("drag.sh", script);
    const Outcome outcome = place.shell("mkdir home && timeout 90 xvfb-run -a -s '-screen 0 1280x900x24' "
                                        "sh drag.sh " CONTINUO_STANDALONE);
    INFO(outcome.output << outcome.error);
    CHECK(outcome.status == 0);

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

} // namespace continuo::plugin
