#include "models/format/ssm_file.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <atomic>
#include <cstdlib>
#include <set>

// glibc's own functions, below the replaced ones: JUCE calls malloc and not operator new.
#if defined(__GLIBC__)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {
thread_local bool on_audio_thread = false;
std::atomic<int> calls{0};

void count() {
    if (on_audio_thread)
        ++calls;
}
} // namespace

extern "C" {
void* malloc(std::size_t size) {
    count();
    return __libc_malloc(size);
}
void* realloc(void* memory, std::size_t size) {
    count();
    return __libc_realloc(memory, size);
}
void* calloc(std::size_t number, std::size_t size) {
    count();
    return __libc_calloc(number, size);
}
void free(void* memory) {
    if (memory != nullptr)
        count();
    __libc_free(memory);
}
}

namespace continuo::plugin {

TEST_CASE("ProcessBlock neither allocates nor frees, whatever changes meanwhile", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    for (int i = 0; i < 3; ++i)
        write_model(random_model(std::uint64_t(i), {"Drive"}),
                    folder.file(juce::String(i) + ".ssm").getFullPathName().toStdString());
    juce::WavAudioFormat wav;
    juce::AudioBuffer<float> response(1, 500);
    for (int i = 0; i < 500; ++i)
        response.setSample(0, i, std::exp(-0.01f * float(i)));
    {
        std::unique_ptr<juce::AudioFormatWriter> writer(wav.createWriterFor(
            folder.file("cabinet.wav").createOutputStream().release(), 48000.0, 1, 24, {}, 0));
        writer->writeFromAudioSampleBuffer(response, 0, 500);
    }
    Processor processor;
    REQUIRE(processor.load_model(folder.file("0.ssm")));
    REQUIRE(processor.load_cabinet(folder.file("cabinet.wav")));
    processor.prepareToPlay(48000.0, 64);
    juce::AudioBuffer<float> audio(2, 64);
    juce::MidiBuffer midi;
    juce::Random random(1);
    const auto block = [&] {
        for (int i = 0; i < 64; ++i)
            audio.setSample(0, i, random.nextFloat() - 0.5f);
        on_audio_thread = true;
        processor.processBlock(audio, midi);
        on_audio_thread = false;
    };
    std::set<int> latencies;
    for (int turn = 0; turn < 600; ++turn) {
        if (turn % 37 == 0) // every 50 ms
            REQUIRE(processor.load_neighbour(1));
        if (turn % 50 == 0) // time for the main thread to prepare another quality
            juce::MessageManager::getInstance()->runDispatchLoopUntil(60);
        latencies.insert(processor.getLatencySamples());
        if (turn % 101 == 0)
            REQUIRE(processor.load_cabinet(folder.file("cabinet.wav")));
        for (juce::AudioProcessorParameter* parameter : processor.getParameters())
            if (random.nextInt(20) == 0)
                parameter->setValueNotifyingHost(random.nextFloat());
        block();
    }
    CHECK(calls == 0);
    CHECK(latencies.size() == 4); // every quality was heard
    // The counter itself counts.
    on_audio_thread = true;
    void* volatile memory = std::malloc(1); // volatile, or the compiler leaves both out
    std::free(memory);
    on_audio_thread = false;
    CHECK(calls == 2);
}

} // namespace continuo::plugin
#endif
