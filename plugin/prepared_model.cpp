// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/prepared_model.h"

#include "plugin/gain.h"

namespace continuo::plugin {

PreparedModel::PreparedModel(const Model& model, double rate, std::size_t channels, dsp::Quality quality)
    : recorded_{model.loudness_lufs, model.input_dbu, model.output_dbu} {
    const dsp::Quality played = quality_of(model, quality);
    const ModelAtRate ready(model, rate * double(dsp::oversampling_factor(played, rate)));
    players_.reserve(channels);
    for (std::size_t channel = 0; channel < channels; ++channel)
        players_.emplace_back(StreamingModel(ready), played, rate);
    for (auto* gain : {&input_gain_, &output_gain_}) {
        gain->reset(rate, change_seconds);
        gain->setCurrentAndTargetValue(1.0f);
    }
}

void PreparedModel::reset(std::span<const float> knobs,
                          const LevelSettings& levels) noexcept CONTINUO_REALTIME {
    for (Player& player : players_)
        player.reset(knobs);
    set_levels(levels);
    for (auto* gain : {&input_gain_, &output_gain_})
        gain->setCurrentAndTargetValue(gain->getTargetValue());
}

void PreparedModel::set_levels(const LevelSettings& levels) noexcept CONTINUO_REALTIME {
    if (levels == levels_)
        return;
    levels_ = levels;
    const LevelGains gains = gains_of(recorded_, levels);
    input_gain_.setTargetValue(gains.input);
    output_gain_.setTargetValue(gains.output);
}

void PreparedModel::set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    for (Player& player : players_)
        player.set_knobs(knobs);
}

void PreparedModel::process(float* const* audio, std::size_t channels,
                            std::size_t frames) noexcept CONTINUO_REALTIME {
    apply_gain(input_gain_, audio, channels, frames);
    for (std::size_t channel = 0; channel < channels; ++channel)
        players_[channel].process(audio[channel], audio[channel], frames);
    apply_gain(output_gain_, audio, channels, frames);
}

} // namespace continuo::plugin
