// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/cabinet.h"
#include "plugin/channel_mixer.h"
#include "plugin/dry_delay.h"
#include "plugin/fading_slot.h"
#include "plugin/noise_gate.h"
#include "plugin/prepared_model.h"
#include "plugin/tone_stack.h"

#include <juce_audio_basics/juce_audio_basics.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <span>

namespace continuo::plugin {

/// The largest absolute sample since it was last asked for, on its way from the audio thread to a meter.
class PeakHold {
  public:
    /// [audio-thread]
    void see(float peak) noexcept {
        if (peak > peak_.load(std::memory_order_relaxed))
            peak_.store(peak, std::memory_order_relaxed);
    }
    /// Starts anew. A peak that comes at the same moment may be missed. [any-thread]
    float take() noexcept { return peak_.exchange(0.0f, std::memory_order_relaxed); }

  private:
    std::atomic<float> peak_{0.0f};
};

/// What a player hears: input gain, gate, model, tone, cabinet, output gain.
///
/// The sound depends on the samples and the settings, not on how a host cuts its blocks (of any size). The
/// model alone may be late, by its latency(); bypass is late by as much. Every change of a setting takes 20
/// ms, in a line or a fade.
class SignalPath {
  public:
    static constexpr std::size_t most_channels = 2;

    struct Settings {
        bool bypass = false, tone = false, cabinet = false;
        LevelSettings levels;
        Channels channels = Channels::stereo;
        float input_db = 0.0f, output_db = 0.0f;
        NoiseGate::Settings gate;
        ToneStack::Gains tone_db{};
        std::span<const float> knobs; ///< values in [0, 1]; those that the model lacks are ignored
    };

    /// Changed by the main thread, also while process() runs.
    FadingSlot<PreparedModel> model;
    FadingSlot<Cabinet> cabinet;

    /// What the host is told, and what bypass is late by from now on. [any-thread] Allocates nothing.
    /// \param samples  0 to DryDelay::longest; that of the model handed over last
    void set_latency(std::size_t samples) noexcept { latency_.store(samples, std::memory_order_relaxed); }

    /// Starts anew, at rest, with the settings of the first process(). The audio thread must not be in
    /// process(). [main-thread] Allocates. \param rate  Hz
    void prepare(double rate);

    /// Plays in place. [audio-thread] Allocates nothing, takes no lock, throws nothing.
    /// \param audio  `channels` × `frames`, full scale ±1. \param channels  1 or 2
    void process(const Settings& settings, float* const* audio, std::size_t channels,
                 std::size_t frames) noexcept;

    PeakHold input_peak, output_peak;

  private:
    // The samples that are worked on at a time, so that what is kept of them has a fixed size.
    static constexpr std::size_t piece = DryDelay::most_frames;
    using Kept = std::array<std::array<float, piece>, most_channels>;

    void rest(const Settings& settings) noexcept;
    void process_piece(const Settings& settings, float* const* audio, std::size_t channels,
                       std::size_t frames) noexcept;
    void play(const Settings& settings, float* const* audio, std::size_t channels,
              std::size_t frames) noexcept;

    double rate_ = 48000.0;
    bool started_ = false; // since prepare()
    std::atomic<std::size_t> latency_{0};
    std::size_t wait_ = 0; // samples until played_ moves
    DryDelay dry_;
    ChannelMixer mixer_;
    NoiseGate gate_;
    ToneStack tone_;
    juce::SmoothedValue<float> input_gain_, output_gain_, played_, toned_, boxed_; // the last three: 0 to 1
    Kept bypassed_{}, before_{};
};

} // namespace continuo::plugin
