// Ardour, a real digital audio workstation, with the built VST3 on a track, without display or sound card.
#include "models/audio/audio_file.h"
#include "models/format/ssm_file.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/command/program.h"
#include "tests/plugin/sounds.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace continuo::plugin {

namespace {

using tests::Outcome;
using tests::Workplace;

const std::filesystem::path ardour = "/usr/lib/ardour7"; // Debian's; the scanner is not in the search path
constexpr double rate = 48000.0;
constexpr juce::int64 superclock = 282240000; // Ardour 7's unit of time, per second

// What a VST3 host keeps of a plug-in: one chunk, "Comp", in a preset file (VST 3 Interfaces: Preset Format).
juce::MemoryBlock preset(const juce::String& class_id, const juce::MemoryBlock& component) {
    constexpr int header_bytes = 4 + 4 + 32 + 8;
    juce::MemoryOutputStream out;
    out.write("VST3", 4);
    out.writeInt(1);
    out.write(class_id.toRawUTF8(), 32);
    out.writeInt64(header_bytes + juce::int64(component.getSize()));
    out << component;
    out.write("List", 4);
    out.writeInt(1);
    out.write("Comp", 4);
    out.writeInt64(header_bytes);
    out.writeInt64(juce::int64(component.getSize()));
    return out.getMemoryBlock();
}

// A project of Ardour with one track, the plug-in on it and a file to play.
class Project {
  public:
    Project(const Workplace& place, const std::string& audio, std::size_t frames)
        : place_(place), frames_(frames) {
        namespace filesystem = std::filesystem;
        const filesystem::path bundle = CONTINUO_VST3, found = place.path("home/.vst3");
        filesystem::create_directories(found);
        // A link and not a copy: Ardour does not believe a scan that is no later than the file.
        filesystem::create_directory_symlink(bundle, found / bundle.filename());
        const Outcome scan = place.shell(in_environment() + "LD_LIBRARY_PATH=" + ardour.string() + " " +
                                         (ardour / "ardour-vst3-scanner").string() + " -f " +
                                         (found / bundle.filename()).string());
        INFO(scan.output + scan.error);
        REQUIRE(scan.status == 0);
        for (const auto& entry : filesystem::recursive_directory_iterator(place.path("home/.cache")))
            if (const auto info = juce::parseXML(juce::File(entry.path().string())))
                if (const auto* plugin = info->getChildByName("VST3Info"))
                    class_id_ = plugin->getStringAttribute("uid");
        REQUIRE(class_id_.length() == 32);
        run("create_project.lua");
        filesystem::copy(place.path(audio), place.path("project/interchange/project/audiofiles/" + audio));
        change([&](juce::XmlElement& session) { add_region(session, audio); });
    }

    // Puts the plug-in into this state, as if it had been saved so.
    void set_state(const juce::MemoryBlock& component) {
        change([&](juce::XmlElement& session) {
            juce::XmlElement& plugin = plugin_of(session);
            plugin.deleteAllChildElements(); // the values of the parameters, which are in the state
            const juce::MemoryBlock bytes = preset(class_id_, component);
            plugin.createNewChildElement("chunk")->addTextElement(
                juce::Base64::toBase64(bytes.getData(), bytes.getSize()));
        });
    }

    // What the track sounds like, [channel][frame].
    Planar bounce(int latency = 0) {
        const juce::File files(place_.path("project/interchange/project/audiofiles"));
        for (const juce::File& old : files.findChildFiles(juce::File::findFiles, false, "bounced*"))
            old.deleteFile();
        const std::string said = run("bounce.lua");
        INFO(said);
        CHECK(said.find("latency " + std::to_string(latency) + "\n") != std::string::npos);
        juce::Array<juce::File> sides = files.findChildFiles(juce::File::findFiles, false, "bounced*");
        sides.sort();
        REQUIRE(sides.size() == 2);
        Planar sound;
        for (const juce::File& side : sides)
            sound.push_back(read_audio(side.getFullPathName().toStdString()).channels.at(0));
        REQUIRE(sound[0].size() == frames_);
        return sound;
    }

  private:
    std::string in_environment() const {
        return "HOME=" + place_.path("home") + " PROJECT_FOLDER=" + place_.path("project") +
               " PROJECT_NAME=project SAMPLE_RATE=" + std::to_string(int(rate)) +
               " FRAMES=" + std::to_string(frames_) + " PLUGIN=" + class_id_.toStdString() + " ";
    }

    std::string run(const std::string& script) {
        const Outcome outcome =
            place_.shell(in_environment() + "timeout 120 ardour7-lua " CONTINUO_ARDOUR_SCRIPTS "/" + script);
        INFO(outcome.output + outcome.error);
        REQUIRE(outcome.status == 0);
        return outcome.output;
    }

    template <class Change>
    void change(Change make) {
        const juce::File file(place_.path("project/project.ardour"));
        const std::unique_ptr<juce::XmlElement> session = juce::parseXML(file);
        REQUIRE(session != nullptr);
        make(*session);
        REQUIRE(session->writeTo(file));
    }

    static juce::XmlElement& plugin_of(juce::XmlElement& session) {
        for (juce::XmlElement* route : session.getChildByName("Routes")->getChildIterator())
            for (juce::XmlElement* processor : route->getChildWithTagNameIterator("Processor"))
                if (juce::XmlElement* plugin = processor->getChildByName("vst3"))
                    return *plugin;
        FAIL("the project has no VST3 plug-in");
        return session;
    }

    // What Ardour writes when a file is dropped on a track: its channels as sources, a region of the whole
    // file, and the same region on the track's playlist.
    void add_region(juce::XmlElement& session, const juce::String& audio) const {
        int id = session.getIntAttribute("id-counter") + 10;
        const auto element = [&id](const juce::String& tag) {
            auto one = std::make_unique<juce::XmlElement>(tag);
            one->setAttribute("id", id++);
            return one;
        };
        std::vector<int> sources;
        for (int channel = 0; channel < 2; ++channel) {
            auto source = element("Source");
            sources.push_back(source->getIntAttribute("id"));
            source->setAttribute("name", audio);
            source->setAttribute("type", "audio");
            source->setAttribute("channel", channel);
            source->setAttribute("flags", "");
            session.getChildByName("Sources")->addChildElement(source.release());
        }
        const auto region = [&](bool whole_file) {
            auto one = element("Region");
            const juce::String ticks(juce::int64(frames_) * superclock / juce::int64(rate));
            one->setAttribute("name", audio);
            one->setAttribute("type", "audio");
            one->setAttribute("start", "a0");
            one->setAttribute("length", "a" + ticks + "@a0");
            one->setAttribute("whole-file", int(whole_file));
            one->setAttribute("opaque", 1);
            one->setAttribute("default-fade-in", 0);
            one->setAttribute("default-fade-out", 0);
            one->setAttribute("fade-in-active", 0); // a fade would change the first and last 64 samples
            one->setAttribute("fade-out-active", 0);
            one->setAttribute("scale-amplitude", 1);
            one->setAttribute("channels", 2);
            for (int channel = 0; channel < 2; ++channel) {
                one->setAttribute("source-" + juce::String(channel), sources[std::size_t(channel)]);
                one->setAttribute("master-source-" + juce::String(channel), sources[std::size_t(channel)]);
            }
            return one.release();
        };
        session.getChildByName("Regions")->addChildElement(region(true));
        for (juce::XmlElement* playlist : session.getChildByName("Playlists")->getChildIterator())
            if (playlist->getStringAttribute("name").startsWith("guitar"))
                playlist->addChildElement(region(false));
        session.setAttribute("id-counter", id + 10);
    }

    const Workplace& place_;
    std::size_t frames_;
    juce::String class_id_;
};

} // namespace

TEST_CASE("An Ardour project bounces to what `continuo render` gives, saved, opened again, its model deleted",
          "[hosts]") {
    if (!std::filesystem::exists(ardour / "ardour-vst3-scanner")) {
        std::cout << "SKIPPED: Ardour 7 is not installed (Debian: apt-get install ardour)\n";
        return;
    }
    const juce::ScopedJuceInitialiser_GUI juce;
    const Workplace place;
    constexpr std::size_t frames = 3 * 48000;
    write_audio(place.path("dry.wav"), {rate, playing(2, frames, 5)}, SampleFormat::wav32f, false);
    write_model(random_model(5, {"Drive"}), place.path("device.ssm"));
    REQUIRE(place
                .run("render -m device.ssm dry.wav --quality eco -o expected.wav --knob Drive=0.75 --format "
                     "wav32f")
                .status == 0);
    const Planar dry = read_audio(place.path("dry.wav")).channels,
                 expected = read_audio(place.path("expected.wav")).channels;
    REQUIRE(largest_difference(expected, dry) > 0.01f);

    Project project(place, "dry.wav", frames);
    CHECK(largest_difference(project.bounce(), dry) < 1e-6f); // no model yet

    Processor processor;
    REQUIRE(processor.load_model(juce::File(place.path("device.ssm"))));
    *processor.parameters().quality = int(dsp::Quality::eco);
    *processor.parameters().offline_quality = 0; // as played
    processor.parameters().knobs[0]->setValueNotifyingHost(0.75f);
    juce::MemoryBlock state;
    processor.getStateInformation(state);
    project.set_state(state);
    CHECK(largest_difference(project.bounce(), expected) < 1e-6f); // and Ardour saves it its own way

    std::filesystem::remove(place.path("device.ssm"));
    CHECK(largest_difference(project.bounce(), expected) < 1e-6f);

    // Ardour restores a project after it has prepared the plug-in, and is told of the latency all the same.
    *processor.parameters().quality = int(dsp::Quality::normal);
    processor.getStateInformation(state);
    project.set_state(state);
    constexpr int latency = 3;
    CHECK(largest_difference(project.bounce(latency), expected) > 1e-4f);
}

} // namespace continuo::plugin
