#pragma once

#include <cstdint>

namespace continuo::parallel {

/// Samples of a segment in training: the time that one thread walks through step by step. A power of two, and
/// never a function of how many processors there are: the cut decides the bits.
inline constexpr int frames_per_segment = 64;

/// The same in rendering, where there is time enough to cut.
inline constexpr int render_segment_frames = 512;

/// A stretch of audio that runs from a state of its own. It takes whole blocks of threads; its segments are
/// numbered over all sequences, `segments_per_block` to a block, and those past its end are empty.
struct Sequence {
    std::int64_t first; ///< its first sample in the signals [time][channel]
    std::int32_t frames;
    std::int32_t first_block;
    std::int32_t setting; ///< which set of coefficients
    std::int32_t carry;   ///< which state it starts from and leaves
};

/// What one block of threads works on.
struct BlockOfSegments {
    std::int32_t sequence;
    std::int32_t index; ///< of its blocks
};

} // namespace continuo::parallel
