#pragma once

#include <cstddef>
#include <span>

namespace continuo::report {

/// Frames [begin, begin + length) of a recording.
struct Window {
    std::size_t begin = 0, length = 0;
};

/// The `length` frames in which the signal has most energy, to a tenth of the length; the whole signal where
/// it is shorter. [any-thread] Allocates nothing.
Window loudest_window(std::span<const float> signal, std::size_t length);

/// The stretch of at most `length` frames that is worth hearing: it holds the frame `must_hold` away from its
/// ends, and of all such stretches most sound, counted in blocks of 50 ms by level above 60 dB below the
/// loudest block. [any-thread] Allocates. \param sample_rate  Hz
Window excerpt_window(std::span<const float> signal, std::size_t must_hold, std::size_t length,
                      double sample_rate);

} // namespace continuo::report
