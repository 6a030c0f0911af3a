#include "models/audio/audio_file.h"

#include "models/audio/atomic_file.h"
#include "models/common/errors.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <system_error>

#include <sndfile.h>
#include <unistd.h>

namespace continuo {

namespace {

namespace filesystem = std::filesystem;

constexpr std::size_t block_frames = 16384;

struct CloseSoundFile {
    void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, CloseSoundFile>;

void refuse_what_is_no_file(const filesystem::path& path) {
    std::error_code error;
    const filesystem::file_status status = filesystem::status(path, error);
    if (!filesystem::exists(status)) {
        if (error && error != std::errc::no_such_file_or_directory)
            throw BadInput(path.string(), "cannot be read (" + error.message() + ")",
                           "check its permissions");
        throw BadInput(path.string(), "does not exist", "check the name");
    }
    if (filesystem::is_directory(status))
        throw BadInput(path.string(), "is a folder", "give an audio file");
    if (!filesystem::is_regular_file(status))
        throw BadInput(path.string(), "is a pipe or a device", "save the audio to a file first");
    if (::access(path.c_str(), R_OK) != 0)
        throw BadInput(path.string(), "cannot be read (" + std::generic_category().message(errno) + ")",
                       "check its permissions");
    if (filesystem::file_size(path, error) == 0 && !error)
        throw BadInput(path.string(), "is empty (0 bytes)", "record or export it again");
}

// libsndfile shortens a file whose header promises more than there is and tells only its log, in lines such
// as "data : 9600 (should be 6385)". Programs that write to a pipe leave a length of about 2^31 or 2^32 in
// place of the one they do not know yet: that is no promise.
bool header_promises_more(SNDFILE* file) {
    std::array<char, 16384> log{};
    sf_command(file, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()));
    std::istringstream lines(log.data());
    for (std::string line; std::getline(lines, line);) {
        if (line.find("does not match value from 'ds64' chunk") != std::string::npos)
            return true;
        const std::size_t colon = line.find(':'), actual = line.find("(should be ");
        if (colon == std::string::npos || actual == std::string::npos || colon > actual)
            continue;
        const std::size_t begin = line.find_first_not_of(" \t");
        std::string key = line.substr(begin, colon - begin);
        key.erase(key.find_last_not_of(" \t") + 1);
        // "riff" in small letters is Wave64, which has no such chunk message for its data.
        if (key != "data" && key != "SSND" && key != "Data Size" && key != "riff")
            continue;
        const auto number_at = [&line](std::size_t position) {
            position = line.find_first_not_of(" \t", position);
            std::uint64_t value = 0;
            if (position != std::string::npos)
                std::from_chars(line.data() + position, line.data() + line.size(), value);
            return value;
        };
        const std::uint64_t promised = number_at(colon + 1);
        const std::uint64_t present = number_at(actual + std::strlen("(should be "));
        const bool unknown_length = key == "data" && promised >= 0x7FFFF000u;
        if (promised > present && !unknown_length)
            return true;
    }
    return false;
}

[[noreturn]] void refuse_truncated(const filesystem::path& path) {
    throw BadInput(path.string(), "is cut short: its header promises more audio than it holds",
                   "copy or export it again, or keep what is there with: sox --ignore-length IN OUT");
}

// Where libsndfile writes to. Errors of the disk are kept, since libsndfile reports none when it closes a
// file.
struct Destination {
    AtomicFile& file;
    std::vector<std::byte> memory; // used instead where the file cannot seek
    std::size_t position = 0;
    int error = 0;
};

sf_count_t destination_length(void* user) {
    auto& to = *static_cast<Destination*>(user);
    if (!to.file.seekable())
        return static_cast<sf_count_t>(to.memory.size());
    const off_t here = ::lseek(to.file.descriptor(), 0, SEEK_CUR);
    const off_t end = ::lseek(to.file.descriptor(), 0, SEEK_END);
    ::lseek(to.file.descriptor(), here, SEEK_SET);
    return end;
}

sf_count_t destination_seek(sf_count_t offset, int whence, void* user) {
    auto& to = *static_cast<Destination*>(user);
    if (to.file.seekable())
        return ::lseek(to.file.descriptor(), offset, whence);
    const auto here = static_cast<sf_count_t>(to.position);
    const sf_count_t base = whence == SEEK_SET   ? 0
                            : whence == SEEK_CUR ? here
                                                 : static_cast<sf_count_t>(to.memory.size());
    if (base + offset < 0)
        return -1;
    to.position = static_cast<std::size_t>(base + offset);
    return base + offset;
}

sf_count_t destination_read(void* bytes, sf_count_t count, void* user) {
    auto& to = *static_cast<Destination*>(user);
    if (to.file.seekable())
        return std::max<ssize_t>(0, ::read(to.file.descriptor(), bytes, static_cast<std::size_t>(count)));
    const std::size_t left = to.memory.size() - std::min(to.position, to.memory.size());
    const std::size_t copied = std::min(left, static_cast<std::size_t>(count));
    std::copy_n(to.memory.begin() + static_cast<std::ptrdiff_t>(to.position), copied,
                static_cast<std::byte*>(bytes));
    to.position += copied;
    return static_cast<sf_count_t>(copied);
}

sf_count_t destination_write(const void* bytes, sf_count_t count, void* user) {
    auto& to = *static_cast<Destination*>(user);
    if (!to.file.seekable()) {
        const std::size_t end = to.position + static_cast<std::size_t>(count);
        to.memory.resize(std::max(to.memory.size(), end));
        std::copy_n(static_cast<const std::byte*>(bytes), count,
                    to.memory.begin() + static_cast<std::ptrdiff_t>(to.position));
        to.position = end;
        return count;
    }
    sf_count_t done = 0;
    while (done < count) {
        const ssize_t written = ::write(to.file.descriptor(), static_cast<const char*>(bytes) + done,
                                        static_cast<std::size_t>(count - done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            to.error = errno;
            break;
        }
        done += written;
    }
    return done;
}

sf_count_t destination_tell(void* user) {
    auto& to = *static_cast<Destination*>(user);
    if (to.file.seekable())
        return ::lseek(to.file.descriptor(), 0, SEEK_CUR);
    return static_cast<sf_count_t>(to.position);
}

int libsndfile_format(SampleFormat format, std::size_t bytes) {
    // A WAV file holds 4 GiB; beyond that it is RF64, which is WAV with 64-bit lengths.
    const int wav = bytes > std::numeric_limits<std::uint32_t>::max() - 4096 ? SF_FORMAT_RF64 : SF_FORMAT_WAV;
    switch (format) {
    case SampleFormat::wav16:
        return wav | SF_FORMAT_PCM_16;
    case SampleFormat::wav24:
        return wav | SF_FORMAT_PCM_24;
    case SampleFormat::wav32f:
        return wav | SF_FORMAT_FLOAT;
    case SampleFormat::flac24:
        return SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
    }
    return 0;
}

// Rounds to `bits`, clips, and puts the value into the top bits of 32, as sf_writef_int expects it.
int to_integer(float sample, int bits, WrittenAudio& result) {
    const double full_scale = std::ldexp(1.0, bits - 1);
    double value = std::nearbyint(static_cast<double>(sample) * full_scale);
    if (value > full_scale - 1.0 || value < -full_scale) {
        // +1 lies one step beyond the largest integer; a sample that is meant to touch full scale is not
        // clipped.
        if (std::abs(sample) > 1.0f)
            ++result.clipped;
        value = std::clamp(value, -full_scale, full_scale - 1.0);
    }
    return static_cast<int>(value) * (1 << (32 - bits));
}

void refuse_what_no_file_holds(const filesystem::path& path, const Audio& audio, SampleFormat format) {
    const std::string name = path == "-" ? "standard output" : path.string();
    if (audio.channels.empty())
        throw BadInput(name, "there is no channel to write", "give audio of at least one channel");
    if (!(audio.sample_rate >= 1.0 && audio.sample_rate <= 2147483647.0))
        throw BadInput(name, "a sample rate of " + std::to_string(audio.sample_rate) + " Hz cannot be stored",
                       "use a rate between 1 Hz and 2 GHz");
    for (const auto& channel : audio.channels)
        if (channel.size() != audio.frames())
            throw BadInput(name, "its channels differ in length", "make them equally long");
    if (audio.channels.size() > (format == SampleFormat::flac24 ? 8u : 1024u))
        throw BadInput(name, std::to_string(audio.channels.size()) + " channels do not fit into this format",
                       format == SampleFormat::flac24 ? "write wav24 instead" : "write fewer channels");
}

} // namespace

Audio read_audio(const filesystem::path& path) {
    refuse_what_is_no_file(path);
    SF_INFO info{};
    const SoundFile file(sf_open(path.c_str(), SFM_READ, &info));
    if (!file) {
        const int error = sf_error(nullptr);
        if (error == SF_ERR_MALFORMED_FILE)
            throw BadInput(path.string(), "is a broken audio file", "copy or export it again");
        throw BadInput(path.string(), "is not audio of a known kind", "give a WAV, FLAC, AIFF or Ogg file");
    }
    if (header_promises_more(file.get()))
        refuse_truncated(path);

    Audio audio;
    audio.sample_rate = info.samplerate;
    const auto channels = static_cast<std::size_t>(info.channels);
    audio.channels.resize(channels);
    // A header may promise any number of frames, so memory grows with what is really read.
    std::vector<float> block(block_frames * channels);
    for (;;) {
        const sf_count_t read = sf_readf_float(file.get(), block.data(), block_frames);
        if (read <= 0)
            break;
        for (std::size_t channel = 0; channel < channels; ++channel) {
            auto& to = audio.channels[channel];
            for (std::size_t frame = 0; frame < static_cast<std::size_t>(read); ++frame) {
                const float sample = block[frame * channels + channel];
                if (!std::isfinite(sample))
                    throw BadInput(path.string(),
                                   "sample " + std::to_string(to.size()) + " of channel " +
                                       std::to_string(channel + 1) + " is not a finite number",
                                   "export it again");
                to.push_back(sample);
            }
        }
    }
    const bool length_known = info.frames > 0 && info.frames < SF_COUNT_MAX;
    if (audio.frames() > 0 && sf_error(file.get()) == SF_ERR_NO_ERROR &&
        !(length_known && audio.frames() < static_cast<std::size_t>(info.frames)))
        return audio;
    if (length_known)
        refuse_truncated(path);
    if (audio.frames() > 0)
        throw BadInput(path.string(), "is damaged after " + std::to_string(audio.frames()) + " frames",
                       "copy or export it again");
    throw BadInput(path.string(), "holds no audio (0 frames)", "record or export it again");
}

std::vector<float> read_mono(const filesystem::path& path, double* sample_rate) {
    Audio audio = read_audio(path);
    for (const auto& channel : audio.channels)
        if (channel != audio.channels.front())
            throw BadInput(path.string(),
                           "has " + std::to_string(audio.channels.size()) +
                               " channels that differ, where one is needed",
                           "keep one of them, with: sox IN OUT remix 1");
    if (sample_rate)
        *sample_rate = audio.sample_rate;
    return std::move(audio.channels.front());
}

WrittenAudio write_audio(const filesystem::path& path, const Audio& audio, SampleFormat format,
                         bool overwrite) {
    refuse_what_no_file_holds(path, audio, format);
    const std::size_t channels = audio.channels.size(), frames = audio.frames();
    SF_INFO info{};
    info.channels = static_cast<int>(channels);
    info.samplerate = static_cast<int>(std::lround(audio.sample_rate));
    info.format = libsndfile_format(format, frames * channels * 4);
    if (!sf_format_check(&info))
        throw BadInput(path.string(), "this format cannot hold " + std::to_string(info.samplerate) + " Hz",
                       "choose another format or rate");

    AtomicFile target(path, overwrite);
    Destination destination{target, {}};
    SF_VIRTUAL_IO callbacks{destination_length, destination_seek, destination_read, destination_write,
                            destination_tell};
    SoundFile file(sf_open_virtual(&callbacks, SFM_WRITE, &info, &destination));
    if (!file) {
        if (destination.error != 0)
            target.fail(destination.error);
        // The FLAC encoder names the rates that it takes only by refusing the others.
        throw BadInput(path.string(),
                       "this format cannot hold " + std::to_string(channels) + " channels at " +
                           std::to_string(info.samplerate) + " Hz",
                       "choose another format or rate");
    }
    // The chunk of peaks holds the time of day: the same audio would give other bytes.
    sf_command(file.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);

    WrittenAudio result;
    std::vector<float> floats(format == SampleFormat::wav32f ? block_frames * channels : 0);
    std::vector<int> integers(format == SampleFormat::wav32f ? 0 : block_frames * channels);
    const int bits = format == SampleFormat::wav16 ? 16 : 24;
    for (std::size_t begin = 0; begin < frames; begin += block_frames) {
        const std::size_t count = std::min(block_frames, frames - begin);
        for (std::size_t channel = 0; channel < channels; ++channel)
            for (std::size_t frame = 0; frame < count; ++frame) {
                float sample = audio.channels[channel][begin + frame];
                if (!std::isfinite(sample)) {
                    ++result.not_finite;
                    sample = 0.0f;
                }
                const std::size_t to = frame * channels + channel;
                if (format == SampleFormat::wav32f)
                    floats[to] = sample;
                else
                    integers[to] = to_integer(sample, bits, result);
            }
        const auto wanted = static_cast<sf_count_t>(count);
        const sf_count_t written = format == SampleFormat::wav32f
                                       ? sf_writef_float(file.get(), floats.data(), wanted)
                                       : sf_writef_int(file.get(), integers.data(), wanted);
        if (destination.error != 0)
            target.fail(destination.error);
        if (written != wanted)
            throw JobFailed(path.string(), std::string("cannot be written (") + sf_strerror(file.get()) + ")",
                            "choose another format");
    }
    file.reset(); // writes the lengths into the header
    if (destination.error != 0)
        target.fail(destination.error);
    if (!target.seekable())
        target.write(destination.memory);
    target.commit();
    return result;
}

} // namespace continuo
