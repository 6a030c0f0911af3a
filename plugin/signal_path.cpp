// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/signal_path.h"

#include "plugin/gain.h"

#include <algorithm>
#include <cmath>

namespace continuo::plugin {

namespace {

float peak_of(const float* const* audio, std::size_t channels, std::size_t frames) noexcept {
    float peak = 0.0f;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const auto range = juce::FloatVectorOperations::findMinAndMax(audio[channel], frames);
        peak = std::max({peak, range.getEnd(), -range.getStart()});
    }
    return peak;
}

// What was kept, and of the audio as much as the share says, once `wait` samples have passed.
template <class Kept>
void mix(juce::SmoothedValue<float>& share, std::size_t& wait, const Kept& before, float* const* audio,
         std::size_t channels, std::size_t frames) noexcept {
    for (std::size_t i = 0; i < frames; ++i) {
        const bool waits = wait > 0;
        wait -= waits ? 1 : 0;
        const float value = fade_gain(waits ? share.getCurrentValue() : share.getNextValue());
        for (std::size_t channel = 0; channel < channels; ++channel)
            audio[channel][i] = before[channel][i] + value * (audio[channel][i] - before[channel][i]);
    }
}

// A part that can be switched on and off: skipped while it is off, and mixed with what came in while it
// changes.
template <class Kept, class Part>
void switchable(juce::SmoothedValue<float>& share, bool on, Kept& before, float* const* audio,
                std::size_t channels, std::size_t frames, Part part) noexcept {
    share.setTargetValue(on ? 1.0f : 0.0f);
    if (!share.isSmoothing()) {
        if (on)
            part();
        return;
    }
    for (std::size_t channel = 0; channel < channels; ++channel)
        std::copy_n(audio[channel], frames, before[channel].data());
    part();
    std::size_t no_wait = 0;
    mix(share, no_wait, before, audio, channels, frames);
}

} // namespace

void SignalPath::prepare(double rate) {
    rate_ = rate;
    dry_.prepare(rate);
    mixer_.prepare(rate);
    tone_.prepare(rate);
    for (auto* value : {&input_gain_, &output_gain_, &played_, &toned_, &boxed_})
        value->reset(rate, change_seconds);
    started_ = false;
    wait_ = 0;
}

void SignalPath::rest(const Settings& settings) noexcept {
    mixer_.reset(settings.channels);
    gate_.reset(rate_);
    tone_.reset(settings.tone_db);
    input_gain_.setCurrentAndTargetValue(juce::Decibels::decibelsToGain(settings.input_db));
    output_gain_.setCurrentAndTargetValue(juce::Decibels::decibelsToGain(settings.output_db));
    toned_.setCurrentAndTargetValue(settings.tone ? 1.0f : 0.0f);
    boxed_.setCurrentAndTargetValue(settings.cabinet ? 1.0f : 0.0f);
    model.for_each([&](PreparedModel& one) { one.reset(settings.knobs, settings.levels); });
    cabinet.for_each([](Cabinet& one) { one.reset(); });
}

void SignalPath::process(const Settings& settings, float* const* audio, std::size_t channels,
                         std::size_t frames) noexcept {
    const dsp::ScopedFlushToZero flush_to_zero;
    std::array<float*, most_channels> left{};
    std::copy_n(audio, channels, left.begin());
    while (frames > 0) {
        const std::size_t count = std::min(frames, piece);
        process_piece(settings, left.data(), channels, count);
        for (std::size_t channel = 0; channel < channels; ++channel)
            left[channel] += count;
        frames -= count;
    }
}

void SignalPath::process_piece(const Settings& settings, float* const* audio, std::size_t channels,
                               std::size_t frames) noexcept {
    if (!started_) {
        started_ = true;
        played_.setCurrentAndTargetValue(settings.bypass ? 0.0f : 1.0f);
        rest(settings);
    }
    const bool plays = !settings.bypass || played_.isSmoothing() || played_.getCurrentValue() > 0.0f;
    const bool was_silent = !played_.isSmoothing() && played_.getCurrentValue() == 0.0f;
    played_.setTargetValue(settings.bypass ? 0.0f : 1.0f);
    const std::size_t latency = latency_.load(std::memory_order_relaxed);
    if (plays && was_silent) { // what it last heard is long ago, and what it hears now comes later
        rest(settings);
        wait_ = latency;
    }
    dry_.take_in(audio, channels, frames);
    if (!plays) {
        input_peak.see(peak_of(audio, channels, frames));
        dry_.give(latency, audio, channels, frames);
        output_peak.see(peak_of(audio, channels, frames));
        return;
    }
    if (PreparedModel* next = model.take())
        next->reset(settings.knobs, settings.levels);
    cabinet.take();
    play(settings, audio, channels, frames);
    if (played_.isSmoothing()) {
        const std::array<float*, most_channels> bypassed{bypassed_[0].data(), bypassed_[1].data()};
        dry_.give(latency, bypassed.data(), channels, frames);
        mix(played_, wait_, bypassed_, audio, channels, frames);
    }
    output_peak.see(peak_of(audio, channels, frames));
}

void SignalPath::play(const Settings& settings, float* const* audio, std::size_t channels,
                      std::size_t frames) noexcept {
    input_gain_.setTargetValue(juce::Decibels::decibelsToGain(settings.input_db));
    output_gain_.setTargetValue(juce::Decibels::decibelsToGain(settings.output_db, -100.0f));
    apply_gain(input_gain_, audio, channels, frames);
    const bool is_stereo = channels == 2;
    const std::size_t latency = latency_.load(std::memory_order_relaxed);
    if (is_stereo && mixer_.choose(settings.channels, latency)) // its devices have heard nothing for a while
        model.for_each([&](PreparedModel& one) { one.reset_channel(1, settings.knobs); });
    if (is_stereo)
        mixer_.mix_in(audio, frames);
    input_peak.see(peak_of(audio, channels, frames));
    gate_.process(settings.gate, audio, channels, frames);
    model.for_each([&](PreparedModel& one) {
        one.set_knobs(settings.knobs);
        one.set_levels(settings.levels);
    });
    model.process(audio, is_stereo && mixer_.is_one() ? 1 : channels, frames);
    if (is_stereo)
        mixer_.mix_out(audio, frames);
    switchable(toned_, settings.tone, before_, audio, channels, frames,
               [&] { tone_.process(settings.tone_db, audio, channels, frames); });
    switchable(boxed_, settings.cabinet, before_, audio, channels, frames,
               [&] { cabinet.process(audio, channels, frames); });
    apply_gain(output_gain_, audio, channels, frames);
}

} // namespace continuo::plugin
