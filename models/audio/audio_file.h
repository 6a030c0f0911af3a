#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace continuo {

/// Audio in memory, planar: channels × frames, full scale ±1.
struct Audio {
    double sample_rate = 0.0; ///< Hz, > 0
    std::vector<std::vector<float>> channels;

    std::size_t frames() const { return channels.empty() ? 0 : channels.front().size(); }
};

/// How samples are stored in a file. The integer formats hold −1 to just below 1; wav32f holds what the
/// samples are.
enum class SampleFormat { wav16, wav24, wav32f, flac24 };

/// What did not fit into the file.
struct WrittenAudio {
    std::size_t clipped =
        0; ///< samples beyond full scale, of all channels, set to full scale (integer formats)
    std::size_t not_finite = 0; ///< NaN and infinities (counted here only), written as 0 in every format
};

/// Reads any format that libsndfile knows, any rate, up to 1024 channels. Integers come as value / full
/// scale. [main-thread] Allocates. Throws BadInput in one line where the file is missing, unreadable, a
/// folder, not audio, shorter than its header says, without a frame, or holds samples that are not finite.
Audio read_audio(const std::filesystem::path& path);

/// The one channel of a recording. Channels that are all equal count as one.
/// \param sample_rate  set to the file's rate in Hz
/// [main-thread] Allocates. Throws BadInput as read_audio does, and where the channels differ.
std::vector<float> read_mono(const std::filesystem::path& path, double* sample_rate);

/// Writes the whole file or nothing; `-` for standard output. The same audio gives the same bytes.
/// \param audio  at least 1 channel of equal lengths, a rate of 1 Hz or more that is stored as a whole
/// number;
///               flac24 holds up to 8 channels
/// \param overwrite  whether an existing file may be replaced
/// [main-thread] Allocates. Throws BadInput where the format cannot hold the audio or the target may not be
/// written, JobFailed where the disk refuses.
WrittenAudio write_audio(const std::filesystem::path& path, const Audio& audio, SampleFormat format,
                         bool overwrite);

} // namespace continuo
