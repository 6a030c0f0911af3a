// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/cabinet.h"

#include "models/common/errors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace continuo::plugin {

ImpulseResponse read_impulse_response(const juce::File& file) {
    const std::string name = file.getFileName().toStdString();
    if (!file.existsAsFile())
        throw BadInput(name, "there is no such file", "choose another impulse response");
    if (file.getSize() > largest_impulse_response_file)
        throw BadInput(name, "the file is larger than 16 MiB",
                       "an impulse response lasts less than two seconds");
    juce::MemoryBlock bytes;
    if (!file.loadFileAsData(bytes))
        throw BadInput(name, "the file cannot be read", "look at its permissions");
    return parse_impulse_response(std::move(bytes), file.getFileName());
}

ImpulseResponse parse_impulse_response(juce::MemoryBlock file, const juce::String& name) {
    const std::string subject = name.toStdString();
    juce::AudioFormatManager formats;
    formats.registerBasicFormats();
    const std::unique_ptr<juce::AudioFormatReader> reader(
        formats.createReaderFor(std::make_unique<juce::MemoryInputStream>(file, false)));
    if (reader == nullptr || !(reader->sampleRate > 0.0) || reader->numChannels == 0)
        throw BadInput(subject, "this is no audio file", "choose a wav, flac or aiff file");
    const auto longest = juce::int64(longest_impulse_response_seconds * reader->sampleRate);
    const int frames = int(std::min(reader->lengthInSamples, longest));
    ImpulseResponse response{name, {}, {}, reader->sampleRate};
    response.samples.setSize(int(std::min(reader->numChannels, 2u)), frames);
    if (frames == 0 || !reader->read(&response.samples, 0, frames, 0, true, true))
        throw BadInput(subject, "the file ends too early", "copy it again, or choose another");
    const float peak = response.samples.getMagnitude(0, frames);
    if (!std::isfinite(peak) || peak == 0.0f)
        throw BadInput(subject, "it holds no sound", "choose another impulse response");
    response.file = std::move(file);
    return response;
}

Cabinet::Cabinet(const ImpulseResponse& response, double rate, std::size_t block,
                 juce::dsp::ConvolutionMessageQueue& queue)
    : block_(std::max<std::size_t>(block, 1)), convolution_(juce::dsp::Convolution::Latency{0}, queue) {
    using Convolution = juce::dsp::Convolution;
    // prepare() waits for the impulse response where it was given before.
    convolution_.loadImpulseResponse(juce::AudioBuffer<float>(response.samples), response.sample_rate,
                                     response.samples.getNumChannels() > 1 ? Convolution::Stereo::yes
                                                                           : Convolution::Stereo::no,
                                     Convolution::Trim::no, Convolution::Normalise::yes);
    convolution_.prepare({rate, juce::uint32(block_), 2});
}

void Cabinet::process(float* const* audio, std::size_t channels, std::size_t frames) noexcept {
    for (std::size_t begin = 0; begin < frames; begin += block_) {
        juce::dsp::AudioBlock<float> block(audio, channels, begin, std::min(block_, frames - begin));
        convolution_.process(juce::dsp::ProcessContextReplacing<float>(block));
    }
}

} // namespace continuo::plugin
