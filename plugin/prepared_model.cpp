// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/prepared_model.h"

#include "plugin/gain.h"

#include <cmath>

namespace continuo::plugin {

namespace {
constexpr double gain_seconds = 0.02;
}

PreparedModel::PreparedModel(const Model& model, double rate, std::size_t channels) {
    stacks_.reserve(channels);
    for (std::size_t channel = 0; channel < channels; ++channel)
        stacks_.emplace_back(model.stack, rate);
    if (model.loudness_lufs)
        normalising_gain_ = float(std::pow(10.0, (normal_loudness_lufs - *model.loudness_lufs) / 20.0));
    gain_.reset(rate, gain_seconds);
}

void PreparedModel::reset(std::span<const float> knobs, bool normalised) noexcept CONTINUO_REALTIME {
    for (dsp::StreamingStack& stack : stacks_)
        stack.reset(knobs);
    gain_.setCurrentAndTargetValue(normalised ? normalising_gain_ : 1.0f);
}

void PreparedModel::set_normalised(bool normalised) noexcept CONTINUO_REALTIME {
    gain_.setTargetValue(normalised ? normalising_gain_ : 1.0f);
}

void PreparedModel::set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    for (dsp::StreamingStack& stack : stacks_)
        stack.set_knobs(knobs);
}

void PreparedModel::process(float* const* audio, std::size_t channels,
                            std::size_t frames) noexcept CONTINUO_REALTIME {
    for (std::size_t channel = 0; channel < channels; ++channel)
        stacks_[channel].process(audio[channel], audio[channel], frames);
    apply_gain(gain_, audio, channels, frames);
}

} // namespace continuo::plugin
