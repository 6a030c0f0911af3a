#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace continuo::report {

/// One channel as a whole audio file in memory.
struct EmbeddedAudio {
    std::vector<std::byte> file;
    std::string_view media_type; ///< audio/flac, or audio/wav where libsndfile was built without FLAC
};

/// 24-bit, rounded to the nearest step; what exceeds full scale is set to full scale.
/// \param sample_rate  Hz, stored as a whole number
/// [any-thread] Allocates. Throws std::invalid_argument where libsndfile refuses the rate.
EmbeddedAudio encode_audio(std::span<const float> samples, double sample_rate);

} // namespace continuo::report
