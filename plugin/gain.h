// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_audio_basics/juce_audio_basics.h>

#include <cstddef>

namespace continuo::plugin {

/// What every change of a setting takes, s: short for a hand, long enough not to click.
inline constexpr double change_seconds = 0.02;

/// Multiplies every channel by a gain that may be on its way to another value; by 1 costs nothing.
/// [audio-thread] Allocates nothing. \param audio  `channels` × `frames`, in place
inline void apply_gain(juce::SmoothedValue<float>& gain, float* const* audio, std::size_t channels,
                       std::size_t frames) noexcept {
    if (!gain.isSmoothing()) {
        const float value = gain.getTargetValue();
        if (value != 1.0f)
            for (std::size_t channel = 0; channel < channels; ++channel)
                juce::FloatVectorOperations::multiply(audio[channel], value, frames);
        return;
    }
    for (std::size_t i = 0; i < frames; ++i) {
        const float value = gain.getNextValue();
        for (std::size_t channel = 0; channel < channels; ++channel)
            audio[channel][i] *= value;
    }
}

} // namespace continuo::plugin
