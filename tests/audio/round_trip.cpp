#include "models/audio/audio_file.h"
#include "models/common/errors.h"
#include "tests/audio/temporary_folder.h"
#include "tests/catch.h"

#include <cmath>
#include <limits>
#include <sndfile.h>

using namespace continuo;

namespace {

Audio example(std::size_t channels, double rate, std::size_t frames) {
    Audio audio{rate, std::vector<std::vector<float>>(channels, std::vector<float>(frames))};
    for (std::size_t channel = 0; channel < channels; ++channel)
        for (std::size_t frame = 0; frame < frames; ++frame)
            audio.channels[channel][frame] =
                0.9f *
                std::sin(0.01f * static_cast<float>((channel + 1) * frame) + static_cast<float>(channel));
    return audio;
}

double largest_difference(const Audio& one, const Audio& other) {
    REQUIRE(one.channels.size() == other.channels.size());
    REQUIRE(one.frames() == other.frames());
    double largest = 0.0;
    for (std::size_t channel = 0; channel < one.channels.size(); ++channel)
        for (std::size_t frame = 0; frame < one.frames(); ++frame)
            largest = std::max(largest, std::abs(static_cast<double>(one.channels[channel][frame]) -
                                                 other.channels[channel][frame]));
    return largest;
}

// Written with libsndfile alone, as any other program would.
void write_foreign(const std::filesystem::path& path, int format, int rate, const Audio& audio) {
    SF_INFO info{};
    info.format = format;
    info.samplerate = rate;
    info.channels = static_cast<int>(audio.channels.size());
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    REQUIRE(file);
    std::vector<float> interleaved;
    for (std::size_t frame = 0; frame < audio.frames(); ++frame)
        for (const auto& channel : audio.channels)
            interleaved.push_back(channel[frame]);
    sf_writef_float(file, interleaved.data(), static_cast<sf_count_t>(audio.frames()));
    sf_close(file);
}

} // namespace

TEST_CASE("audio comes back from every format that is written") {
    const TemporaryFolder folder;
    const auto [format, name, error] = GENERATE(table<SampleFormat, std::string, double>({
        {SampleFormat::wav16, "a.wav", 0.5 / 32768},
        {SampleFormat::wav24, "a.wav", 0.5 / 8388608},
        {SampleFormat::wav32f, "a.wav", 0.0},
        {SampleFormat::flac24, "a.flac", 0.5 / 8388608},
    }));
    const auto [channels, rate] =
        GENERATE(table<std::size_t, double>({{1, 48000}, {2, 44100}, {7, 8000}, {1, 384000}}));
    const Audio audio = example(channels, rate, 20011);
    const WrittenAudio written = write_audio(folder / name, audio, format, false);
    CHECK(written.clipped == 0);
    const Audio back = read_audio(folder / name);
    CHECK(back.sample_rate == rate);
    CHECK(largest_difference(audio, back) <= error * 1.001);

    // Reading and writing once more changes nothing, not even a byte of the file.
    write_audio(folder / ("again_" + name), back, format, false);
    CHECK(contents_of(folder / name) == contents_of(folder / ("again_" + name)));
}

TEST_CASE("samples beyond full scale are clipped and counted in integer formats, kept in float") {
    const TemporaryFolder folder;
    const Audio audio{48000, {{0.5f, 1.5f, -2.0f, 1.0f, -1.0f, 0.99999f}}};
    for (const SampleFormat format : {SampleFormat::wav16, SampleFormat::wav24, SampleFormat::flac24}) {
        CHECK(write_audio(folder / "a", audio, format, true).clipped == 2);
        const auto samples = read_audio(folder / "a").channels[0];
        CHECK(samples[0] == 0.5f);
        CHECK(samples[1] > 0.9999f);
        CHECK(samples[1] <= 1.0f);
        CHECK(samples[2] == -1.0f);
        CHECK(samples[4] == -1.0f);
    }
    CHECK(write_audio(folder / "a", audio, SampleFormat::wav32f, true).clipped == 0);
    CHECK(read_audio(folder / "a").channels == audio.channels);
}

TEST_CASE("what is not finite is written as silence and counted") {
    const TemporaryFolder folder;
    const float infinity = std::numeric_limits<float>::infinity();
    const Audio audio{48000, {{0.5f, infinity, -infinity, std::nanf("")}}};
    for (const SampleFormat format : {SampleFormat::wav16, SampleFormat::wav32f}) {
        const WrittenAudio written = write_audio(folder / "a.wav", audio, format, true);
        CHECK(written.not_finite == 3);
        CHECK(written.clipped == 0);
        CHECK(read_audio(folder / "a.wav").channels[0] == std::vector<float>{0.5f, 0.0f, 0.0f, 0.0f});
    }
}

TEST_CASE("files of other programs are read") {
    const TemporaryFolder folder;
    const auto [format, error] = GENERATE(table<int, double>({
        {SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 1.0 / 128},
        {SF_FORMAT_WAV | SF_FORMAT_PCM_32, 1e-7},
        {SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 0.0},
        {SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 1.0 / 8388608},
        {SF_FORMAT_W64 | SF_FORMAT_PCM_16, 1.0 / 32768},
        {SF_FORMAT_RF64 | SF_FORMAT_FLOAT, 0.0},
        {SF_FORMAT_AU | SF_FORMAT_PCM_16, 1.0 / 32768},
        {SF_FORMAT_CAF | SF_FORMAT_PCM_24, 1.0 / 8388608},
    }));
    const Audio audio = example(2, 44100, 4410);
    write_foreign(folder / "foreign", format, 44100, audio);
    const Audio back = read_audio(folder / "foreign");
    CHECK(back.sample_rate == 44100.0);
    CHECK(largest_difference(audio, back) <=
          2.0 * error); // programs differ in rounding and in the integer that is full scale
}

TEST_CASE("one channel is read where all are equal, and refused where they differ") {
    const TemporaryFolder folder;
    const Audio mono = example(1, 48000, 1000);
    write_audio(folder / "dual.wav", {48000, {mono.channels[0], mono.channels[0]}}, SampleFormat::wav32f,
                false);
    double rate = 0.0;
    CHECK(read_mono(folder / "dual.wav", &rate) == mono.channels[0]);
    CHECK(rate == 48000.0);
    write_audio(folder / "seven.wav", example(7, 48000, 1000), SampleFormat::wav32f, false);
    CHECK_THROWS_AS(read_mono(folder / "seven.wav", nullptr), BadInput);
    try {
        read_mono(folder / "seven.wav", nullptr);
    } catch (const BadInput& error) {
        CHECK(std::string(error.what()).find("7 channels") != std::string::npos);
    }
}

TEST_CASE("a format that cannot hold the audio is refused and leaves no file") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(write_audio(folder / "a.flac", example(9, 48000, 10), SampleFormat::flac24, false),
                    BadInput);
    CHECK_THROWS_AS(write_audio(folder / "a.flac", example(1, 1e6, 10), SampleFormat::flac24, false),
                    BadInput);
    CHECK_THROWS_AS(write_audio(folder / "a.wav", Audio{48000, {}}, SampleFormat::wav16, false), BadInput);
    CHECK_THROWS_AS(write_audio(folder / "a.wav", Audio{0.0, {{0.0f}}}, SampleFormat::wav16, false),
                    BadInput);
    CHECK(folder.files() == 0);
}
