#include "dsp/oversampling/oversampled_stack.h"
#include "models/format/ssm_file.h"
#include "models/render/render.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <algorithm>
#include <array>
#include <memory>

namespace continuo::plugin {

namespace {

constexpr double rate = 48000.0;
const char* const bundles[] = {CONTINUO_VST3, CONTINUO_LV2};

// The plug-in in a bundle, as a host loads it.
class Host {
  public:
    explicit Host(const juce::String& bundle) {
        juce::AudioPluginFormatManager formats;
        formats.addDefaultFormats();
        juce::OwnedArray<juce::PluginDescription> found;
        for (juce::AudioPluginFormat* format : formats.getFormats()) {
            if (format->getName() == "LV2" &&
                bundle.endsWith(".lv2")) { // its hosts know plug-ins by their URI
                format->searchPathsForPlugins({juce::File(bundle).getParentDirectory().getFullPathName()},
                                              true, false);
                format->findAllTypesForFile(found, CONTINUO_LV2_URI);
            } else if (format->fileMightContainThisPluginType(bundle)) {
                format->findAllTypesForFile(found, bundle);
            }
        }
        REQUIRE(!found.isEmpty());
        juce::String error;
        instance = formats.createPluginInstance(*found[0], rate, 512, error);
        INFO(error);
        REQUIRE(instance != nullptr);
        instance->enableAllBuses();
    }

    // Puts the bytes of a session where this format's state has those of the plug-in.
    void restore(const juce::MemoryBlock& session) {
        juce::MemoryBlock state;
        instance->getStateInformation(state);
        if (instance->getPluginDescription().pluginFormatName == "VST3") {
            juce::XmlElement xml("VST3PluginState");
            xml.createNewChildElement("IComponent")->addTextElement(session.toBase64Encoding());
            juce::AudioProcessor::copyXmlToBinary(xml, state);
        } else {
            juce::MemoryBlock fresh;
            Processor().getStateInformation(fresh);
            const juce::String before = state.toString(),
                               after = before.replace(fresh.toBase64Encoding(), session.toBase64Encoding());
            REQUIRE(after != before);
            state = {after.toRawUTF8(), after.getNumBytesAsUTF8()};
        }
        instance->setStateInformation(state.getData(), int(state.getSize()));
        wait();
    }

    static void wait() { juce::MessageManager::getInstance()->runDispatchLoopUntil(150); }

    void start(double at_rate, int block) {
        instance->releaseResources();
        instance->setRateAndBufferSizeDetails(at_rate, block);
        instance->prepareToPlay(at_rate, block);
    }

    Planar play(const Planar& audio, const std::vector<int>& blocks) {
        Planar out = audio;
        juce::MidiBuffer midi;
        const int frames = int(audio[0].size());
        for (int begin = 0, turn = 0; begin < frames; ++turn) {
            const int count = std::min(blocks[std::size_t(turn) % blocks.size()], frames - begin);
            std::array<float*, 2> pointers{out[0].data() + begin, out[1].data() + begin};
            juce::AudioBuffer<float> buffer(pointers.data(), 2, count);
            instance->processBlock(buffer, midi);
            begin += count;
        }
        return out;
    }

    std::unique_ptr<juce::AudioPluginInstance> instance;
};

juce::MemoryBlock session_with(const Model& model, dsp::Quality quality = dsp::Quality::eco) {
    Processor processor;
    *processor.parameters().quality = int(quality);
    Session session;
    session.model = std::make_shared<LoadedModel>(LoadedModel{model, juce::File("/gone/model.ssm")});
    return write_session(session, processor);
}

// Whether a host sees it as the model's knob of this name and number. LV2's names are fixed before any model
// is loaded.
bool is_knob(const juce::AudioProcessorParameter& parameter, const juce::String& name, int number) {
    const juce::String seen = parameter.getName(64);
    return seen == name || seen == "Knob " + juce::String(number);
}

Planar rendered(const Model& model, Planar audio, double at_rate, const std::vector<float>& knobs) {
    for (std::vector<float>& channel : audio)
        render_channel(model, channel, channel, at_rate, {knobs});
    return audio;
}

Planar oversampled(const Model& model, Planar audio, double at_rate, dsp::Quality quality,
                   const std::vector<float>& knobs) {
    for (std::vector<float>& channel : audio) {
        dsp::OversampledStack stack(model.stack(), at_rate, quality);
        stack.reset(knobs);
        stack.process(channel.data(), channel.data(), channel.size());
    }
    return audio;
}

} // namespace

TEST_CASE("A host plays the model of its project, whose file is gone, at any rate and block", "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Model model = random_model(1, {"Drive"});
    const Planar audio = playing(2, 24000, 1);
    for (const char* bundle : bundles) {
        Host host(bundle);
        INFO(host.instance->getPluginDescription().pluginFormatName);
        CHECK(host.instance->getLatencySamples() == 0);
        host.start(rate, 512);
        host.restore(session_with(model));
        for (const double at_rate : {44100.0, 96000.0, 48000.0}) {
            const Planar expected = rendered(model, audio, at_rate, {0.5f});
            for (const std::vector<int>& blocks :
                 std::vector<std::vector<int>>{{1}, {37}, {64}, {512}, {4096}, {512, 7, 1, 300}}) {
                if (at_rate != rate && blocks[0] != 64)
                    continue;
                host.start(at_rate, *std::max_element(blocks.begin(), blocks.end()));
                CHECK(largest_difference(host.play(audio, blocks), expected) < 1e-6f);
            }
        }
    }
}

TEST_CASE("A host plays the quality of its project, knows how late it is, and bounces better", "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Model model = random_model(1, {"Drive"});
    const Planar audio = playing(2, 24000, 1);
    for (const char* bundle : bundles) {
        Host host(bundle);
        INFO(host.instance->getPluginDescription().pluginFormatName);
        host.start(rate, 512);
        const auto check = [&](dsp::Quality quality, int latency) {
            host.start(rate, 512);
            CHECK(largest_difference(host.play(audio, {512}),
                                     oversampled(model, audio, rate, quality, {0.5f})) < 1e-6f);
            CHECK(host.instance->getLatencySamples() == latency);
        };
        host.restore(session_with(model, dsp::Quality::normal));
        check(dsp::Quality::normal, 3);
        for (juce::AudioProcessorParameter* parameter : host.instance->getParameters())
            if (parameter->getName(64) == "Quality")
                parameter->setValue(2.0f / 3.0f); // high
        host.play(audio, {512});                  // some formats carry parameters with audio
        check(dsp::Quality::high, 4);
        host.instance->setNonRealtime(true);
        check(dsp::Quality::offline, 99);
        host.instance->setNonRealtime(false);
        host.play(audio, {512}); // LV2 says with the audio whether it is a bounce
        check(dsp::Quality::high, 4);
    }
}

TEST_CASE("A second instance that gets the state of the first sounds the same", "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Planar audio = playing(2, 24000, 2);
    for (const char* bundle : bundles) {
        Host first(bundle), second(bundle);
        INFO(first.instance->getPluginDescription().pluginFormatName);
        first.start(rate, 512);
        first.restore(session_with(random_model(2, {"Drive", "Tone"})));
        for (juce::AudioProcessorParameter* parameter : first.instance->getParameters()) {
            const juce::String name = parameter->getName(64);
            if (is_knob(*parameter, "Drive", 1) || is_knob(*parameter, "Tone", 2) || name == "Bass" ||
                name == "Output")
                parameter->setValue(0.7f);
        }
        first.start(rate, 512);
        first.play(audio, {512}); // some formats deliver parameters with audio
        Host::wait();
        juce::MemoryBlock state;
        first.instance->getStateInformation(state);
        second.start(rate, 512);
        second.instance->setStateInformation(state.getData(), int(state.getSize()));
        Host::wait();
        first.start(rate, 512);
        second.start(rate, 512);
        const Planar one = first.play(audio, {512});
        CHECK(largest_difference(one, audio) > 0.01f);
        CHECK(largest_difference(second.play(audio, {512}), one) < 1e-6f);
    }
}

TEST_CASE("A state undoes whatever a host did to the parameters, and comes back with the same bytes",
          "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    juce::Random random(7);
    for (const char* bundle : bundles) {
        Host host(bundle);
        INFO(host.instance->getPluginDescription().pluginFormatName);
        host.start(rate, 512);
        host.restore(session_with(random_model(2, {"Drive", "Tone"})));
        const auto values = [&] {
            std::vector<float> all;
            for (juce::AudioProcessorParameter* parameter : host.instance->getParameters())
                all.push_back(parameter->getValue());
            return all;
        };
        const std::vector<float> before = values();
        juce::MemoryBlock state, again;
        host.instance->getStateInformation(state);
        for (juce::AudioProcessorParameter* parameter : host.instance->getParameters())
            parameter->setValueNotifyingHost(random.nextFloat());
        const auto deliver = [&] { // some formats carry parameters with audio
            host.play(playing(2, 2048, 1), {512});
            Host::wait();
        };
        deliver();
        host.instance->setStateInformation(state.getData(), int(state.getSize()));
        deliver();
        const std::vector<float> after = values();
        for (std::size_t i = 0; i < before.size(); ++i) {
            INFO(host.instance->getParameters()[int(i)]->getName(64));
            CHECK(after[i] == Approx(before[i]).margin(1e-6));
        }
        host.instance->getStateInformation(again);
        CHECK(again == state);
    }
}

TEST_CASE("Every parameter can be automated while audio plays", "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Planar audio = playing(2, 4096, 3);
    for (const char* bundle : bundles) {
        Host host(bundle);
        INFO(host.instance->getPluginDescription().pluginFormatName);
        host.start(rate, 64);
        host.restore(session_with(random_model(3, {"Drive", "Tone"})));
        juce::StringArray names;
        bool has_knob = false;
        for (juce::AudioProcessorParameter* parameter : host.instance->getParameters()) {
            names.add(parameter->getName(64));
            has_knob = has_knob || is_knob(*parameter, "Drive", 1);
            for (const float value : {0.0f, 1.0f, 0.5f}) {
                parameter->setValue(value);
                const Planar out = host.play(audio, {64});
                for (const float sample : out[0])
                    REQUIRE(std::isfinite(sample));
            }
        }
        CHECK(has_knob);
        CHECK(names.size() < 50); // what a person can look through
        for (const char* name : {"Input", "Output", "Gate", "Bass", "Cabinet"})
            CHECK(names.contains(name));
    }
}

TEST_CASE("A knob of the model, turned by a host, is heard", "[hosts]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Planar audio = playing(2, 24000, 4);
    const Model model = random_model(4, {"Drive"});
    for (const char* bundle : bundles) {
        Host host(bundle);
        INFO(host.instance->getPluginDescription().pluginFormatName);
        host.start(rate, 512);
        host.restore(session_with(model));
        for (juce::AudioProcessorParameter* parameter : host.instance->getParameters())
            if (is_knob(*parameter, "Drive", 1))
                parameter->setValue(1.0f);
        host.play(audio, {512});
        host.start(rate, 512);
        CHECK(largest_difference(host.play(audio, {512}), rendered(model, audio, rate, {1.0f})) < 1e-6f);
    }
}

} // namespace continuo::plugin
