// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/tone_stack.h"

#include <algorithm>

namespace continuo::plugin {

namespace {

constexpr std::array<double, ToneStack::bands> frequencies{150.0, 650.0, 3000.0};
constexpr float shelf_q = 0.707f, peak_q = 0.7f;
constexpr double ramp_seconds = 0.02;

} // namespace

void ToneStack::prepare(double rate) {
    rate_ = rate;
    for (auto& channel : filters_)
        for (auto& filter : channel)
            filter.coefficients = new juce::dsp::IIR::Coefficients<float>(1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f);
    for (auto& gain : gains_)
        gain.reset(rate / double(piece), ramp_seconds);
    reset({});
}

void ToneStack::reset(const Gains& gains) noexcept {
    position_ = 0;
    for (std::size_t band = 0; band < bands; ++band) {
        gains_[band].setCurrentAndTargetValue(gains[band]);
        set_coefficients(band, gains[band]);
    }
    for (auto& channel : filters_)
        for (auto& filter : channel)
            filter.reset();
}

void ToneStack::set_coefficients(std::size_t band, float gain_db) noexcept {
    using Coefficients = juce::dsp::IIR::ArrayCoefficients<float>;
    const auto frequency = float(std::min(frequencies[band], 0.45 * rate_));
    const float gain = juce::Decibels::decibelsToGain(gain_db);
    const auto values = band == 0   ? Coefficients::makeLowShelf(rate_, frequency, shelf_q, gain)
                        : band == 1 ? Coefficients::makePeakFilter(rate_, frequency, peak_q, gain)
                                    : Coefficients::makeHighShelf(rate_, frequency, shelf_q, gain);
    // As Coefficients itself keeps them: divided by a0, which it leaves out.
    const float a0 = values[3];
    for (auto& channel : filters_) {
        float* raw = channel[band].coefficients->getRawCoefficients();
        raw[0] = values[0] / a0;
        raw[1] = values[1] / a0;
        raw[2] = values[2] / a0;
        raw[3] = values[4] / a0;
        raw[4] = values[5] / a0;
    }
}

void ToneStack::process(const Gains& gains, float* const* audio, std::size_t channels,
                        std::size_t frames) noexcept {
    for (std::size_t band = 0; band < bands; ++band)
        gains_[band].setTargetValue(gains[band]);
    for (std::size_t begin = 0; begin < frames;) {
        if (position_ == 0)
            for (std::size_t band = 0; band < bands; ++band)
                if (gains_[band].isSmoothing())
                    set_coefficients(band, gains_[band].getNextValue());
        const std::size_t count = std::min(frames - begin, piece - position_);
        for (std::size_t channel = 0; channel < channels; ++channel)
            for (auto& filter : filters_[channel])
                for (std::size_t i = begin; i < begin + count; ++i)
                    audio[channel][i] = filter.processSample(audio[channel][i]);
        position_ = (position_ + count) % piece;
        begin += count;
    }
}

} // namespace continuo::plugin
