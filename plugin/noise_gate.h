// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dsp/realtime.h"

#include <cstddef>

namespace continuo::plugin {

/// Silences what lies below a threshold: hum between notes, which an amplifier at high gain makes loud.
///
/// The key is the largest of the channels, so that both sides of a stereo signal open together. The gate
/// opens within 1 ms where the key's envelope passes the threshold, and closes, in the release time, once the
/// envelope has stayed 6 dB below for the hold time. What it does depends on the samples alone, never on the
/// block.
class NoiseGate {
  public:
    struct Settings {
        bool on = false;
        float threshold_db = -60.0f;  ///< dB full scale, of the envelope of the peaks
        float hold_seconds = 0.05f;   ///< ≥ 0
        float release_seconds = 0.1f; ///< > 0; the time in which the gain falls by 60 dB
    };

    /// Open, with no history. [audio-thread] \param rate  Hz
    void reset(double rate) noexcept CONTINUO_REALTIME;

    /// Gates `frames` samples of every channel in place.
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing.
    void process(const Settings& settings, float* const* audio, std::size_t channels,
                 std::size_t frames) noexcept CONTINUO_REALTIME;

  private:
    double rate_ = 48000.0;
    float envelope_ = 0.0f, gain_ = 1.0f;
    bool open_ = true;
    std::size_t below_ = 0; // samples that the envelope has been low for
};

} // namespace continuo::plugin
