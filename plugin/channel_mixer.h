// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_audio_basics/juce_audio_basics.h>

#include <array>
#include <cstddef>

namespace continuo::plugin {

/// What goes into the model on a stereo track.
enum class Channels {
    stereo, ///< each side through a device of its own
    left,   ///< the left side through one device, heard on both; half the work
    right,  ///< the right side
    sum     ///< the mean of both sides
};

/// Makes one channel of two before the model, and two of one after it. A change takes 20 ms, in which both
/// sides are processed. [audio-thread], but prepare(). Allocates nothing.
class ChannelMixer {
  public:
    /// [main-thread] \param rate  Hz
    void prepare(double rate);

    /// Jumps to a choice.
    void reset(Channels choice) noexcept;

    /// Moves to a choice. \param latency  samples by which what is between mix_in() and mix_out() is late:
    /// what the second side has heard arrives so much later, and is not heard before \return whether the
    /// second side begins to be processed now, after a pause
    bool choose(Channels choice, std::size_t latency) noexcept;

    /// Whether the sides are equal now, so that only the first needs to be processed.
    bool is_one() const noexcept { return !joined_.isSmoothing() && joined_.getCurrentValue() == 1.0f; }

    /// Before the model: what each side hears, in place. \param audio  2 × `frames`
    void mix_in(float* const* audio, std::size_t frames) noexcept;

    /// After the model: gives the second side the first one's sound, as far as they are one. \param audio  2
    /// × `frames`
    void mix_out(float* const* audio, std::size_t frames) noexcept;

  private:
    std::array<juce::SmoothedValue<float>, 4> shares_; // of left and right in the left, then in the right
    juce::SmoothedValue<float> joined_;                // 0: two devices, 1: one
    std::size_t wait_ = 0;                             // samples until joined_ moves
};

} // namespace continuo::plugin
