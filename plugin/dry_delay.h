// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_audio_basics/juce_audio_basics.h>

#include <array>
#include <cstddef>

namespace continuo::plugin {

/// The input, late by as many samples as the model's output is: what bypass plays, so that switching it moves
/// nothing in time. Another delay is faded to in 20 ms; at once where nobody heard the one before.
/// [audio-thread], but prepare(). Allocates nothing.
class DryDelay {
  public:
    static constexpr std::size_t most_channels = 2;
    static constexpr std::size_t most_frames = 256; ///< at a time
    static constexpr std::size_t longest = 256;     ///< samples; more than any quality is late by

    /// Silence came in until now. [main-thread] \param rate  Hz
    void prepare(double rate);

    /// The next samples, whether they are wanted or not. \param frames  up to most_frames
    void take_in(const float* const* audio, std::size_t channels, std::size_t frames) noexcept;

    /// What was taken in last, delayed. \param delay  samples, 0 to longest
    /// \param audio  `channels` × `frames`, as they were taken in; overwritten
    void give(std::size_t delay, float* const* audio, std::size_t channels, std::size_t frames) noexcept;

  private:
    using Line = std::array<float, most_frames + longest>; // a ring

    static void copy(const Line& line, std::size_t begin, float* audio, std::size_t frames) noexcept;
    std::size_t place(std::size_t delay, std::size_t frames) const noexcept;

    std::array<Line, most_channels> lines_{};
    std::size_t position_ = 0; // in the lines, of the next sample
    std::size_t delay_ = 0, leaving_ = 0;
    juce::SmoothedValue<float> arrived_; // 0: leaving_ is heard, 1: delay_
    bool given_ = false, was_given_ = false;
};

} // namespace continuo::plugin
