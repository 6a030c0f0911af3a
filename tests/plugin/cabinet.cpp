#include "plugin/cabinet.h"

#include "models/common/errors.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <cmath>

namespace continuo::plugin {

namespace {

void write(const juce::File& file, juce::AudioFormat& format, double rate,
           const std::vector<float>& samples) {
    juce::AudioBuffer<float> buffer(1, int(samples.size()));
    std::copy(samples.begin(), samples.end(), buffer.getWritePointer(0));
    auto stream = file.createOutputStream();
    std::unique_ptr<juce::AudioFormatWriter> writer(
        format.createWriterFor(stream.release(), rate, 1, 24, {}, 0));
    REQUIRE(writer->writeFromAudioSampleBuffer(buffer, 0, buffer.getNumSamples()));
}

std::vector<float> decaying(std::size_t frames) {
    std::vector<float> samples(frames);
    for (std::size_t i = 0; i < frames; ++i)
        samples[i] = 0.9f * std::sin(0.7f * float(i) + 1.0f) * std::exp(-float(i) / 80.0f);
    return samples;
}

std::string refusal(const juce::File& file) {
    try {
        read_impulse_response(file);
    } catch (const BadInput& problem) {
        return problem.what();
    }
    return {};
}

} // namespace

TEST_CASE("A cabinet is the convolution with its impulse response, at once and up to its level", "[plugin]") {
    const TemporaryFolder folder;
    const std::vector<float> response = decaying(600);
    juce::WavAudioFormat wav;
    juce::FlacAudioFormat flac;
    juce::AiffAudioFormat aiff;
    for (juce::AudioFormat* format : std::initializer_list<juce::AudioFormat*>{&wav, &flac, &aiff}) {
        const juce::File file = folder.file("cabinet" + format->getFileExtensions()[0]);
        write(file, *format, 48000.0, response);
        const ImpulseResponse read = read_impulse_response(file);
        CHECK(read.sample_rate == 48000.0);
        juce::dsp::ConvolutionMessageQueue queue;
        Cabinet cabinet(read, 48000.0, 64, queue);
        Planar audio = playing(1, 3000, 1);
        std::vector<double> expected(audio[0].size(), 0.0);
        for (std::size_t i = 0; i < expected.size(); ++i)
            for (std::size_t k = 0; k <= i && k < response.size(); ++k)
                expected[i] += double(audio[0][i - k]) * response[k];
        float* pointer = audio[0].data();
        cabinet.process(&pointer, 1, audio[0].size());
        double dot = 0.0, energy = 0.0, total = 0.0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            dot += expected[i] * audio[0][i];
            energy += expected[i] * expected[i];
            total += double(audio[0][i]) * audio[0][i];
        }
        const double gain = dot / energy;
        CHECK(gain > 0.0);
        CHECK(total / (gain * gain * energy) - 1.0 < 1e-6); // nothing but the scaled convolution
    }
}

TEST_CASE("An impulse response of another rate is brought to the host's", "[plugin]") {
    const TemporaryFolder folder;
    juce::WavAudioFormat wav;
    write(folder.file("44.wav"), wav, 44100.0, decaying(2000));
    juce::dsp::ConvolutionMessageQueue queue;
    Cabinet cabinet(read_impulse_response(folder.file("44.wav")), 88200.0, 64, queue);
    Planar impulse(1, std::vector<float>(8192, 0.0f));
    impulse[0][0] = 1.0f;
    float* pointer = impulse[0].data();
    cabinet.process(&pointer, 1, impulse[0].size());
    // 0.7 radians per sample at 44.1 kHz are 4913 Hz; count the zero crossings of the first 2 ms.
    int crossings = 0;
    for (std::size_t i = 1; i < 176; ++i)
        crossings += (impulse[0][i] > 0.0f) != (impulse[0][i - 1] > 0.0f);
    CHECK(crossings == Approx(2.0 * 4913.0 * 0.002).margin(1.5));
}

TEST_CASE("A file that is no impulse response is refused in one line that names it", "[plugin]") {
    const TemporaryFolder folder;
    juce::WavAudioFormat wav;
    write(folder.file("silent.wav"), wav, 48000.0, std::vector<float>(100, 0.0f));
    folder.file("text.wav").replaceWithText("this is no audio");
    folder.file("empty.flac").replaceWithText("");
    for (const char* name : {"silent.wav", "text.wav", "empty.flac", "missing.wav"}) {
        const std::string line = refusal(folder.file(name));
        INFO(line);
        CHECK(line.rfind(std::string(name) + ": ", 0) == 0);
        CHECK(line.find('\n') == std::string::npos);
    }
}

} // namespace continuo::plugin
