// What the plug-in costs beside the model itself, and what it costs at every quality: a line of JSON.
// Medians, times in ns per sample at 48 kHz and blocks of 64 samples, mono, one core. What is not named after
// a quality is at eco. To prepare is to lay a model of 44.1 kHz out for a stereo track at 48 kHz.
//
//   plugin_cost [TIER] [VST3]     VST3: a bundle, whose scan is timed as well
#include "models/format/ssm_file.h"
#include "models/format/tier.h"
#include "models/training/initialise.h"
#include "plugin/editor/editor.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

using namespace continuo;

namespace {

constexpr double rate = 48000.0;
constexpr int block = 64, blocks = 750, repetitions = 15; // 1 s of audio each

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + std::ptrdiff_t(values.size() / 2));
    return values[values.size() / 2];
}

double median_of(int count, const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i)
        times.push_back(seconds_of(work));
    return median(times);
}

juce::AudioBuffer<float> noise(float level) {
    juce::AudioBuffer<float> audio(1, block * blocks);
    juce::Random random(1);
    for (int i = 0; i < audio.getNumSamples(); ++i)
        audio.setSample(0, i, level * (2.0f * random.nextFloat() - 1.0f));
    return audio;
}

void play(juce::AudioProcessor& processor, juce::AudioBuffer<float> audio) {
    juce::MidiBuffer midi;
    for (int begin = 0; begin < audio.getNumSamples(); begin += block) {
        float* samples = audio.getWritePointer(0, begin);
        juce::AudioBuffer<float> part(&samples, 1, block);
        processor.processBlock(part, midi);
    }
}

void play(dsp::StreamingStack& stack, juce::AudioBuffer<float> audio) {
    for (int begin = 0; begin < audio.getNumSamples(); begin += block)
        stack.process(audio.getReadPointer(0, begin), audio.getWritePointer(0, begin), block);
}

double scan_seconds(const juce::String& bundle) {
    juce::AudioPluginFormatManager formats;
    formats.addDefaultFormats();
    return median_of(5, [&] {
        for (juce::AudioPluginFormat* format : formats.getFormats()) {
            juce::OwnedArray<juce::PluginDescription> found;
            if (format->fileMightContainThisPluginType(bundle))
                format->findAllTypesForFile(found, bundle);
        }
    });
}

} // namespace

int main(int count, char** arguments) {
    const std::string_view wanted = count > 1 ? arguments[1] : "standard";
    const auto tier = std::ranges::find(tiers, wanted, &Tier::name);
    if (tier == tiers.end()) {
        std::fprintf(stderr, "plugin_cost: there is no tier of that name\n");
        return 2;
    }
    const juce::ScopedJuceInitialiser_GUI juce;
    Model model;
    model.network = initial_stack(tier->shape(0), rate, 1);
    const juce::File file = juce::File::createTempFile("ssm");
    write_model(model, file.getFullPathName().toStdString());
    dsp::StreamingStack core(model.stack(), rate);
    const auto mono = juce::AudioChannelSet::mono();
    const auto loaded = [&](dsp::Quality quality = dsp::Quality::eco) {
        auto processor = std::make_unique<plugin::Processor>();
        *processor->parameters().quality = int(quality);
        processor->setBusesLayout({{mono}, {mono}});
        processor->load_model(file);
        processor->prepareToPlay(rate, block);
        return processor;
    };
    const auto processor = loaded();
    const juce::AudioBuffer<float> loud = noise(0.3f), silence = noise(0.0f);

    // One after the other in every repetition, so that a slow moment of the machine meets both.
    std::vector<double> core_times, plugin_times, ratios, silent_times;
    for (int i = -1; i < repetitions; ++i) { // the first one fills the caches
        const double one = seconds_of([&] { play(core, loud); }),
                     other = seconds_of([&] { play(*processor, loud); });
        const double silent = seconds_of([&] { play(*processor, silence); });
        if (i < 0)
            continue;
        core_times.push_back(one);
        plugin_times.push_back(other);
        ratios.push_back(other / one);
        silent_times.push_back(silent);
    }
    std::array<double, dsp::qualities.size()> played{}, prepared{};
    Model foreign = model;
    foreign.stack().sample_rate = 44100.0;
    for (const auto& [quality, name, factor, kind] : dsp::qualities) {
        const auto one = loaded(quality);
        play(*one, loud);
        played[std::size_t(quality)] = median_of(5, [&] { play(*one, loud); });
        prepared[std::size_t(quality)] =
            median_of(5, [&] { const plugin::PreparedModel ready(foreign, rate, 2, quality); });
    }
    std::vector<std::unique_ptr<plugin::Processor>> many;
    for (int i = 0; i < 100; ++i)
        many.push_back(loaded());
    const double hundred = median_of(5, [&] {
        for (auto& one : many)
            play(*one, loud);
    });
    std::unique_ptr<plugin::Editor> editor;
    const double open = median_of(5, [&] {
        editor = std::make_unique<plugin::Editor>(*processor);
        editor->createComponentSnapshot(editor->getLocalBounds());
    });
    juce::Image picture(juce::Image::ARGB, editor->getWidth(), editor->getHeight(), true);
    const double repaint = median_of(51, [&] {
        juce::Graphics graphics(picture);
        editor->paintEntireComponent(graphics, true);
    });
    const double scan = count > 2 ? scan_seconds(arguments[2]) : std::nan("");
    editor.reset();
    const double per_sample = 1e9 / double(block * blocks);
    std::printf(
        "{\"tier\": \"%.*s\", \"core_ns\": %.1f, \"plugin_ns\": %.1f, \"ratio\": %.3f, \"silent_ns\": %.1f, "
        "\"hundred_instances_load\": %.3f, \"editor_open_ms\": %.1f, \"editor_repaint_ms\": %.2f",
        int(tier->name.size()), tier->name.data(), per_sample * median(core_times),
        per_sample * median(plugin_times), median(ratios), per_sample * median(silent_times), hundred,
        1e3 * open, 1e3 * repaint);
    for (const auto& [quality, name, factor, kind] : dsp::qualities)
        std::printf(", \"%s_ns\": %.1f, \"%s_prepare_ms\": %.1f", name.data(),
                    per_sample * played[std::size_t(quality)], name.data(),
                    1e3 * prepared[std::size_t(quality)]);
    if (count > 2)
        std::printf(", \"scan_ms\": %.0f", 1e3 * scan);
    std::printf("}\n");
    file.deleteFile();
    return 0;
}
