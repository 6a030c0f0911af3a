#pragma once

#include "dsp/realtime.h"

namespace continuo::dsp {

/// The largest input that a stack takes as it is, ±60 dB above full scale.
inline constexpr float largest_input = 1000.0f;

/// What a stack hears for an input sample: NaN and infinities count as silence, anything larger than 1000 is
/// clamped. So no input reaches the state of a model that it would not recover from. [any-thread] Allocates
/// nothing.
inline float guarded_input(float sample) noexcept CONTINUO_REALTIME {
    const float limited = sample > largest_input    ? largest_input
                          : sample < -largest_input ? -largest_input
                                                    : sample;
    return sample - sample == 0.0f ? limited : 0.0f; // not a number, or infinite: the difference is NaN
}

} // namespace continuo::dsp
