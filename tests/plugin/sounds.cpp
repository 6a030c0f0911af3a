#include "tests/plugin/sounds.h"

#include "tests/dsp/stacks.h"

#include <juce_dsp/juce_dsp.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace continuo::plugin {

Model random_model(std::uint64_t seed, const std::vector<std::string>& knobs) {
    Model model;
    model.network = dsp::random_stack({2, 4, 4, knobs.size()}, 48000.0, seed);
    model.name = "Model " + std::to_string(seed);
    for (const std::string& knob : knobs)
        model.knobs.push_back({knob, 0.25f});
    return model;
}

Planar sines(std::size_t channels, std::size_t frames, double rate) {
    Planar audio(channels, std::vector<float>(frames));
    for (std::size_t channel = 0; channel < channels; ++channel)
        for (std::size_t i = 0; i < frames; ++i)
            audio[channel][i] =
                float(0.25 / double(channel + 1) *
                      std::sin(2.0 * std::numbers::pi * (110.0 + 55.0 * double(channel)) * double(i) / rate));
    return audio;
}

Planar playing(std::size_t channels, std::size_t frames, std::uint64_t seed) {
    Planar audio(channels, std::vector<float>(frames));
    dsp::Random random(seed);
    for (std::vector<float>& samples : audio)
        for (std::size_t i = 0; i < frames; ++i)
            samples[i] = (i / 6000) % 3 == 2 ? 0.0f : random.around_zero(0.2);
    return audio;
}

Planar run(SignalPath& path, const SignalPath::Settings& settings, Planar audio,
           const std::vector<std::size_t>& blocks) {
    return in_blocks(std::move(audio), blocks,
                     [&](float* const* samples, std::size_t channels, std::size_t frames) {
                         path.process(settings, samples, channels, frames);
                     });
}

float largest_difference(const Planar& one, const Planar& other) {
    float largest = 0.0f;
    for (std::size_t channel = 0; channel < one.size(); ++channel)
        for (std::size_t i = 0; i < one[channel].size(); ++i)
            largest = std::max(largest, std::abs(one[channel][i] - other[channel][i]));
    return largest;
}

float click(const std::vector<float>& audio) {
    auto sections =
        juce::dsp::FilterDesign<float>::designIIRHighpassHighOrderButterworthMethod(12000.0f, 48000.0, 8);
    std::vector<float> rest = audio;
    for (const auto& coefficients : sections) {
        juce::dsp::IIR::Filter<float> filter(coefficients);
        for (float& sample : rest)
            sample = filter.processSample(sample);
    }
    return std::abs(*std::max_element(rest.begin() + 2400, rest.end(),
                                      [](float a, float b) { return std::abs(a) < std::abs(b); }));
}

TemporaryFolder::TemporaryFolder()
    : folder_(juce::File::getSpecialLocation(juce::File::tempDirectory)
                  .getChildFile("continuo-" + juce::Uuid().toString())) {
    folder_.createDirectory();
}

} // namespace continuo::plugin
