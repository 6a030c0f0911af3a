#pragma once

#include "dsp/realtime.h"

#include <array>
#include <cstddef>
#include <span>

namespace continuo::dsp {

/// Knob values on their way to new targets: a straight line of 20 ms, evaluated from a count of samples, so
/// that it does not depend on how the host cuts its blocks. A new target in the middle of a line starts a new
/// line there. A value outside [0, 1] is moved to the nearer end; one that is not a number leaves the knob as
/// it is.
///
/// [audio-thread] Everything but the constructor: allocates nothing, takes no lock, throws nothing.
class KnobRamp {
  public:
    static constexpr std::size_t maximum_knobs = 16;
    static constexpr double seconds = 0.02;

    KnobRamp() = default;
    /// \param count        0 to 16
    /// \param sample_rate  Hz
    KnobRamp(std::size_t count, double sample_rate)
        : count_(count),
          length_(std::size_t(seconds * sample_rate) > 0 ? std::size_t(seconds * sample_rate) : 1) {}

    /// Takes the values at once. Values beyond the number of knobs are ignored, missing ones stay.
    void jump(std::span<const float> values) noexcept CONTINUO_REALTIME {
        for (std::size_t i = 0; i < count_ && i < values.size(); ++i)
            target_[i] = accepted(values[i], target_[i]);
        current_ = start_ = target_;
        remaining_ = 0;
    }

    /// Starts a line to `values`, unless they are the targets already.
    void aim(std::span<const float> values) noexcept CONTINUO_REALTIME {
        bool changed = false;
        for (std::size_t i = 0; i < count_ && i < values.size(); ++i) {
            const float target = accepted(values[i], target_[i]);
            changed = changed || target != target_[i];
            target_[i] = target;
        }
        if (changed) {
            start_ = current_;
            remaining_ = length_;
        }
    }

    bool moving() const noexcept CONTINUO_REALTIME { return remaining_ > 0; }

    /// Samples until the targets are reached.
    std::size_t remaining() const noexcept CONTINUO_REALTIME { return remaining_; }

    /// One sample further; the last one of a line is the target itself. The values are those of that sample.
    std::span<const float> advance() noexcept CONTINUO_REALTIME {
        if (remaining_ > 0) {
            --remaining_;
            const float left = float(remaining_) / float(length_);
            for (std::size_t i = 0; i < count_; ++i)
                current_[i] = remaining_ == 0 ? target_[i] : target_[i] + left * (start_[i] - target_[i]);
        }
        return values();
    }

    std::span<const float> values() const noexcept CONTINUO_REALTIME { return {current_.data(), count_}; }

  private:
    static float accepted(float value, float otherwise) noexcept CONTINUO_REALTIME {
        if (value != value)
            return otherwise;
        return value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
    }

    std::size_t count_ = 0, length_ = 1, remaining_ = 0;
    std::array<float, maximum_knobs> start_{}, target_{}, current_{};
};

} // namespace continuo::dsp
