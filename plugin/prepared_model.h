// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dsp/oversampling/oversampled_model.h"
#include "dsp/realtime.h"
#include "models/format/streaming_model.h"
#include "plugin/levels.h"

#include <juce_audio_basics/juce_audio_basics.h>

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::plugin {

/// A model laid out for one sample rate and one quality, with a state for each audio channel.
class PreparedModel {
  public:
    /// [main-thread] Allocates. Throws std::invalid_argument where the rate cannot be run.
    /// \param rate  Hz, of the host. \param channels  1 or more
    /// \param quality  that is asked for; gain and selective models play at eco
    PreparedModel(const Model& model, double rate, std::size_t channels, dsp::Quality quality);

    /// Samples of the host by which the output is late. [any-thread]
    std::size_t latency() const noexcept CONTINUO_REALTIME { return players_.front().latency(); }

    /// Jumps to the equilibrium with these knobs, and to its gains: what follows is as after a long pause.
    /// [audio-thread]
    void reset(std::span<const float> knobs, const LevelSettings& levels) noexcept CONTINUO_REALTIME;

    /// The same for one channel; the gains stay. [audio-thread]
    void reset_channel(std::size_t channel, std::span<const float> knobs) noexcept CONTINUO_REALTIME {
        players_[channel].reset(knobs);
    }

    /// Moves to other gains in 20 ms. [audio-thread]
    void set_levels(const LevelSettings& levels) noexcept CONTINUO_REALTIME;

    /// New targets for the knobs, reached in 20 ms. [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME;

    /// Plays in place, every channel through a state of its own.
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing.
    void process(float* const* audio, std::size_t channels, std::size_t frames) noexcept CONTINUO_REALTIME;

  private:
    using Player = dsp::OversampledModel<StreamingModel>;

    std::vector<Player> players_; // [channel]
    RecordedLevels recorded_;
    LevelSettings levels_;
    juce::SmoothedValue<float> input_gain_, output_gain_;
};

} // namespace continuo::plugin
