#include "models/audio/content_hash.h"
#include "models/audio/audio_file.h"
#include "tests/audio/temporary_folder.h"
#include "tests/catch.h"

#include <array>

using namespace continuo;

TEST_CASE("hashes are XXH3-128 in its canonical form") {
    // The value that the specification gives for no bytes.
    CHECK(content_hash(std::span<const std::byte>()) == "99aa06d3014798d86001c324468d497f");
    const std::array<float, 2> samples{1.0f, -0.5f}, other{1.0f, -0.25f};
    CHECK(content_hash(samples).size() == 32);
    CHECK(content_hash(samples) == content_hash(std::as_bytes(std::span(samples))));
    CHECK(content_hash(samples) != content_hash(other));
}

TEST_CASE("the same audio has the same hash in WAV and in FLAC") {
    const TemporaryFolder folder;
    std::vector<float> samples;
    for (int i = 0; i < 1000; ++i)
        samples.push_back(static_cast<float>(i * i % 777) / 1024.0f);
    write_audio(folder / "a.wav", {48000, {samples}}, SampleFormat::wav32f, false);
    write_audio(folder / "a.flac", {48000, {samples}}, SampleFormat::flac24, false);
    CHECK(content_hash(read_audio(folder / "a.wav").channels[0]) == content_hash(samples));
    CHECK(content_hash(read_audio(folder / "a.flac").channels[0]) == content_hash(samples));
}
