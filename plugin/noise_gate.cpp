// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/noise_gate.h"

#include <algorithm>
#include <cmath>

namespace continuo::plugin {

namespace {

// Long enough to bridge the zero crossings of a low string (41 Hz), short enough to follow a note's end.
constexpr double envelope_seconds = 0.02;
constexpr double opening_seconds = 0.001;
constexpr float hysteresis = 0.501187f; // −6 dB: near the threshold the gate would flutter
constexpr float closed = 1e-4f;         // −80 dB: from here on the gain is 0

float decay(double seconds, double rate) {
    return float(std::exp(-1.0 / std::max(1.0, seconds * rate)));
}

} // namespace

void NoiseGate::reset(double rate) noexcept CONTINUO_REALTIME {
    *this = NoiseGate();
    rate_ = rate;
}

void NoiseGate::process(const Settings& settings, float* const* audio, std::size_t channels,
                        std::size_t frames) noexcept CONTINUO_REALTIME {
    if (!settings.on && gain_ == 1.0f) {
        open_ = true;
        below_ = 0;
        envelope_ = 0.0f;
        return;
    }
    const float threshold = std::pow(10.0f, settings.threshold_db / 20.0f);
    const float fall = decay(envelope_seconds, rate_);
    const float rise = 1.0f / std::max(1.0f, float(opening_seconds * rate_));
    const float release = decay(settings.release_seconds / std::log(1000.0), rate_);
    const auto hold = std::size_t(std::max(0.0, double(settings.hold_seconds) * rate_));
    for (std::size_t i = 0; i < frames; ++i) {
        float key = 0.0f;
        for (std::size_t channel = 0; channel < channels; ++channel)
            key = std::max(key, std::abs(audio[channel][i]));
        envelope_ = std::max(key, fall * envelope_);
        below_ = envelope_ < hysteresis * threshold ? below_ + 1 : 0;
        if (!settings.on || envelope_ >= threshold)
            open_ = true;
        else if (below_ > hold)
            open_ = false;
        if (open_)
            gain_ = std::min(1.0f, gain_ + rise);
        else
            gain_ = gain_ > closed ? release * gain_ : 0.0f;
        for (std::size_t channel = 0; channel < channels; ++channel)
            audio[channel][i] *= gain_;
    }
}

} // namespace continuo::plugin
