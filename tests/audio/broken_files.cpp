#include "models/audio/audio_file.h"
#include "models/common/errors.h"
#include "tests/audio/temporary_folder.h"
#include "tests/catch.h"

#include <cmath>
#include <cstring>
#include <sndfile.h>
#include <unistd.h>

using namespace continuo;

namespace {

std::string refusal(const std::filesystem::path& path) {
    try {
        read_audio(path);
    } catch (const BadInput& error) {
        const std::string text = error.what();
        INFO(text);
        CHECK(text.find(path.string() + ": ") == 0);
        CHECK(text.find("; ") != std::string::npos);
        CHECK(text.find('\n') == std::string::npos);
        return text;
    }
    return "was read";
}

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

std::string whole_file(const TemporaryFolder& folder, int format) {
    SF_INFO info{};
    info.format = format;
    info.samplerate = 48000;
    info.channels = 1;
    const auto path = folder / "whole";
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    REQUIRE(file);
    std::vector<float> samples(4800);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = 0.5f * std::sin(0.1f * static_cast<float>(i * i % 1000));
    sf_writef_float(file, samples.data(), 4800);
    sf_close(file);
    return contents_of(path);
}

} // namespace

TEST_CASE("what is no audio file is refused in one line") {
    const TemporaryFolder folder;
    put_contents(folder / "text.wav", "This is a letter, not a recording.\n");
    put_contents(folder / "empty.wav", "");
    put_contents(folder / "zeros.flac", std::string(10000, '\0'));
    says(refusal(folder / "missing.wav"), "does not exist");
    says(refusal(folder / "text.wav" / "inside.wav"), "cannot be read");
    says(refusal(folder.path()), "is a folder");
    says(refusal(folder / "text.wav"), "is not audio");
    says(refusal(folder / "empty.wav"), "is empty");
    says(refusal(folder / "zeros.flac"), "is not audio");
    says(refusal("/dev/null"), "is a pipe or a device");
}

TEST_CASE("a file without permission is refused in one line") {
    if (::geteuid() == 0)
        return; // root may read everything
    const TemporaryFolder folder;
    put_contents(folder / "secret.wav", whole_file(folder, SF_FORMAT_WAV | SF_FORMAT_PCM_16));
    std::filesystem::permissions(folder / "secret.wav", std::filesystem::perms::none);
    says(refusal(folder / "secret.wav"), "cannot be read");
}

TEST_CASE("a file cut short is refused, wherever it was cut") {
    const TemporaryFolder folder;
    const int format = GENERATE(SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_DOUBLE,
                                SF_FORMAT_AIFF | SF_FORMAT_PCM_24, SF_FORMAT_AU | SF_FORMAT_PCM_16,
                                SF_FORMAT_RF64 | SF_FORMAT_PCM_16, SF_FORMAT_W64 | SF_FORMAT_PCM_16,
                                SF_FORMAT_CAF | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
    const std::string whole = whole_file(folder, format);
    for (std::size_t kept = 16; kept < whole.size(); kept += whole.size() / 37) {
        put_contents(folder / "cut", whole.substr(0, kept));
        INFO("format " << format << ", " << kept << " of " << whole.size() << " bytes");
        CHECK(refusal(folder / "cut") != "was read");
    }
    put_contents(folder / "cut", whole.substr(0, whole.size() / 2));
    if ((format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV)
        says(refusal(folder / "cut"), "cut short");
}

TEST_CASE("a WAV header of unknown length, as pipes leave it, is no promise") {
    const TemporaryFolder folder;
    std::string bytes = whole_file(folder, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    const std::size_t data = bytes.find("data");
    bytes.replace(4, 4, "\xff\xff\xff\xff");
    bytes.replace(data + 4, 4, "\xff\xff\xff\xff");
    put_contents(folder / "piped.wav", bytes);
    CHECK(read_audio(folder / "piped.wav").frames() == 4800);
}

TEST_CASE("a file without a frame is refused") {
    const TemporaryFolder folder;
    std::string bytes = whole_file(folder, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    const std::size_t data = bytes.find("data");
    bytes.resize(data + 8);
    std::memset(bytes.data() + data + 4, 0, 4);
    put_contents(folder / "none.wav", bytes);
    says(refusal(folder / "none.wav"), "0 frames");
}

TEST_CASE("a header that lies about anything gives an error or audio, never a crash") {
    const TemporaryFolder folder;
    const int format = GENERATE(SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_AIFF | SF_FORMAT_PCM_16,
                                SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
    const std::string whole = whole_file(folder, format);
    for (std::size_t at = 0; at < 60; ++at)
        for (const char value : {'\x00', '\x7f', '\xff'}) {
            std::string bytes = whole;
            bytes[at] = value;
            put_contents(folder / "lie", bytes);
            try {
                const Audio audio = read_audio(folder / "lie");
                CHECK(audio.frames() > 0);
                CHECK(audio.frames() <= 2 * whole.size());
            } catch (const BadInput& error) {
                CHECK(std::string(error.what()).find('\n') == std::string::npos);
            }
        }
}

TEST_CASE("samples that are not numbers are refused with their place") {
    const TemporaryFolder folder;
    std::string bytes = whole_file(folder, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    const float bad = std::nanf("");
    std::memcpy(bytes.data() + bytes.find("data") + 8 + 4 * 1234, &bad, 4);
    put_contents(folder / "nan.wav", bytes);
    says(refusal(folder / "nan.wav"), "sample 1234");
}
