// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/channel_mixer.h"

#include "plugin/fading_slot.h"
#include "plugin/gain.h"

#include <algorithm>

namespace continuo::plugin {

namespace {

std::array<float, 4> shares_of(Channels choice) noexcept {
    switch (choice) {
    case Channels::left:
        return {1.0f, 0.0f, 1.0f, 0.0f};
    case Channels::right:
        return {0.0f, 1.0f, 0.0f, 1.0f};
    case Channels::sum:
        return {0.5f, 0.5f, 0.5f, 0.5f};
    case Channels::stereo:
        break;
    }
    return {1.0f, 0.0f, 0.0f, 1.0f};
}

} // namespace

void ChannelMixer::prepare(double rate) {
    for (auto& share : shares_)
        share.reset(rate, change_seconds);
    joined_.reset(rate, change_seconds);
}

void ChannelMixer::reset(Channels choice) noexcept {
    const std::array<float, 4> shares = shares_of(choice);
    for (std::size_t i = 0; i < shares.size(); ++i)
        shares_[i].setCurrentAndTargetValue(shares[i]);
    joined_.setCurrentAndTargetValue(choice == Channels::stereo ? 0.0f : 1.0f);
    wait_ = 0;
}

bool ChannelMixer::choose(Channels choice, std::size_t latency) noexcept {
    const bool was_one = is_one();
    const std::array<float, 4> shares = shares_of(choice);
    for (std::size_t i = 0; i < shares.size(); ++i)
        shares_[i].setTargetValue(shares[i]);
    joined_.setTargetValue(choice == Channels::stereo ? 0.0f : 1.0f);
    const bool begins = was_one && !is_one();
    if (begins)
        wait_ = latency;
    return begins;
}

void ChannelMixer::mix_in(float* const* audio, std::size_t frames) noexcept {
    float *const left = audio[0], *const right = audio[1];
    if (shares_[0].isSmoothing() || shares_[1].isSmoothing() || shares_[2].isSmoothing() ||
        shares_[3].isSmoothing()) {
        for (std::size_t i = 0; i < frames; ++i) {
            const float l = left[i], r = right[i];
            left[i] = shares_[0].getNextValue() * l + shares_[1].getNextValue() * r;
            right[i] = shares_[2].getNextValue() * l + shares_[3].getNextValue() * r;
        }
        return;
    }
    if (!is_one())
        return; // as they came
    if (shares_[0].getCurrentValue() == 0.0f)
        std::copy_n(right, frames, left);
    else if (shares_[1].getCurrentValue() != 0.0f)
        for (std::size_t i = 0; i < frames; ++i)
            left[i] = 0.5f * (left[i] + right[i]);
    std::copy_n(left, frames, right);
}

void ChannelMixer::mix_out(float* const* audio, std::size_t frames) noexcept {
    if (is_one()) {
        std::copy_n(audio[0], frames, audio[1]);
        return;
    }
    if (!joined_.isSmoothing())
        return;
    const std::size_t waits = std::min(wait_, frames);
    wait_ -= waits;
    std::copy_n(audio[0], waits, audio[1]);
    for (std::size_t i = waits; i < frames; ++i)
        audio[1][i] += fade_gain(joined_.getNextValue()) * (audio[0][i] - audio[1][i]);
}

} // namespace continuo::plugin
