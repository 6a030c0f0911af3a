#include "models/report/embedded_audio.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include <sndfile.h>

namespace continuo::report {

namespace {

struct Memory {
    std::vector<std::byte> bytes;
    std::size_t position = 0;
};

sf_count_t length(void* user) {
    return static_cast<sf_count_t>(static_cast<Memory*>(user)->bytes.size());
}

sf_count_t seek(sf_count_t offset, int whence, void* user) {
    auto& memory = *static_cast<Memory*>(user);
    const auto from = whence == SEEK_SET   ? sf_count_t{0}
                      : whence == SEEK_CUR ? static_cast<sf_count_t>(memory.position)
                                           : static_cast<sf_count_t>(memory.bytes.size());
    memory.position = static_cast<std::size_t>(std::max(sf_count_t{0}, from + offset));
    return static_cast<sf_count_t>(memory.position);
}

sf_count_t read(void* to, sf_count_t count, void* user) {
    auto& memory = *static_cast<Memory*>(user);
    const std::size_t begin = std::min(memory.position, memory.bytes.size());
    const std::size_t size = std::min(static_cast<std::size_t>(count), memory.bytes.size() - begin);
    std::memcpy(to, memory.bytes.data() + begin, size);
    memory.position = begin + size;
    return static_cast<sf_count_t>(size);
}

sf_count_t write(const void* from, sf_count_t count, void* user) {
    auto& memory = *static_cast<Memory*>(user);
    const auto size = static_cast<std::size_t>(count);
    memory.bytes.resize(std::max(memory.bytes.size(), memory.position + size));
    std::memcpy(memory.bytes.data() + memory.position, from, size);
    memory.position += size;
    return count;
}

sf_count_t tell(void* user) {
    return static_cast<sf_count_t>(static_cast<Memory*>(user)->position);
}

struct CloseSoundFile {
    void operator()(SNDFILE* file) const { sf_close(file); }
};

} // namespace

EmbeddedAudio encode_audio(std::span<const float> samples, double sample_rate) {
    SF_INFO info{};
    info.channels = 1;
    info.samplerate = static_cast<int>(std::lround(sample_rate));
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
    EmbeddedAudio result{{}, "audio/flac"};
    if (!sf_format_check(&info)) {
        info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_24;
        result.media_type = "audio/wav";
    }
    // libsndfile takes the upper 24 bits of 32; rounding here keeps the error within half a step.
    std::vector<int> integers(samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double step = std::round(double(samples[i]) * 8388608.0);
        integers[i] = static_cast<int>(std::clamp(step, -8388608.0, 8388607.0)) * 256;
    }
    Memory memory;
    SF_VIRTUAL_IO functions{length, seek, read, write, tell};
    {
        const std::unique_ptr<SNDFILE, CloseSoundFile> file(
            sf_open_virtual(&functions, SFM_WRITE, &info, &memory));
        const auto count = static_cast<sf_count_t>(integers.size());
        if (!file || sf_writef_int(file.get(), integers.data(), count) != count)
            throw std::invalid_argument("audio of this rate cannot be put into the page");
    }
    result.file = std::move(memory.bytes);
    return result;
}

} // namespace continuo::report
