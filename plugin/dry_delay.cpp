// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/dry_delay.h"

#include "plugin/fading_slot.h"
#include "plugin/gain.h"

#include <algorithm>
#include <utility>

namespace continuo::plugin {

void DryDelay::prepare(double rate) {
    for (Line& line : lines_)
        line.fill(0.0f);
    position_ = delay_ = leaving_ = 0;
    arrived_.reset(rate, change_seconds);
    arrived_.setCurrentAndTargetValue(1.0f);
    given_ = was_given_ = false;
}

void DryDelay::take_in(const float* const* audio, std::size_t channels, std::size_t frames) noexcept {
    was_given_ = given_;
    given_ = false;
    const std::size_t before_end = std::min(frames, lines_[0].size() - position_);
    for (std::size_t channel = 0; channel < channels; ++channel) {
        std::copy_n(audio[channel], before_end, lines_[channel].begin() + std::ptrdiff_t(position_));
        std::copy_n(audio[channel] + before_end, frames - before_end, lines_[channel].begin());
    }
    position_ = (position_ + frames) % lines_[0].size();
}

void DryDelay::give(std::size_t delay, float* const* audio, std::size_t channels,
                    std::size_t frames) noexcept {
    given_ = true;
    delay = std::min(delay, longest);
    if (!was_given_) {
        delay_ = delay;
        arrived_.setCurrentAndTargetValue(1.0f);
    } else if (delay != delay_ && !arrived_.isSmoothing()) { // a third one waits
        leaving_ = std::exchange(delay_, delay);
        arrived_.setCurrentAndTargetValue(0.0f);
        arrived_.setTargetValue(1.0f);
    }
    for (std::size_t channel = 0; channel < channels; ++channel)
        copy(lines_[channel], place(delay_, frames), audio[channel], frames);
    if (!arrived_.isSmoothing())
        return;
    for (std::size_t i = 0, old = place(leaving_, frames); i < frames; ++i) {
        const float rest = 1.0f - fade_gain(arrived_.getNextValue());
        for (std::size_t channel = 0; channel < channels; ++channel)
            audio[channel][i] += rest * (lines_[channel][old] - audio[channel][i]);
        old = old + 1 < lines_[0].size() ? old + 1 : 0;
    }
}

// Where the first of the last `frames` samples lies, delayed.
std::size_t DryDelay::place(std::size_t delay, std::size_t frames) const noexcept {
    return (position_ + lines_[0].size() - delay - frames) % lines_[0].size();
}

void DryDelay::copy(const Line& line, std::size_t begin, float* audio, std::size_t frames) noexcept {
    const std::size_t before_end = std::min(frames, line.size() - begin);
    std::copy_n(line.begin() + std::ptrdiff_t(begin), before_end, audio);
    std::copy_n(line.begin(), frames - before_end, audio + before_end);
}

} // namespace continuo::plugin
