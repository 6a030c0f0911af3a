// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/tone_stack.h"

#include "plugin/gain.h"

#include <algorithm>

namespace continuo::plugin {

namespace {

constexpr std::array<double, ToneStack::bands> frequencies{150.0, 650.0, 3000.0};
constexpr float shelf_q = 0.707f, peak_q = 0.7f;

} // namespace

void ToneStack::prepare(double rate) {
    rate_ = rate;
    for (auto& channel : filters_)
        for (auto& filter : channel)
            filter.coefficients = new juce::dsp::IIR::Coefficients<float>(1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f);
    for (Band& band : bands_)
        band.gain_db.reset(rate / double(piece), change_seconds);
    reset({});
}

void ToneStack::reset(const Gains& gains) noexcept {
    position_ = 0;
    for (std::size_t band = 0; band < bands; ++band) {
        bands_[band].gain_db.setCurrentAndTargetValue(gains[band]);
        bands_[band].now = coefficients(band, gains[band]);
        bands_[band].moving = false;
        use(band);
    }
    for (auto& channel : filters_)
        for (auto& filter : channel)
            filter.reset();
}

ToneStack::Coefficients ToneStack::coefficients(std::size_t band, float gain_db) const noexcept {
    using Cookbook = juce::dsp::IIR::ArrayCoefficients<float>;
    const auto frequency = float(std::min(frequencies[band], 0.45 * rate_));
    const float gain = juce::Decibels::decibelsToGain(gain_db);
    const auto values = band == 0   ? Cookbook::makeLowShelf(rate_, frequency, shelf_q, gain)
                        : band == 1 ? Cookbook::makePeakFilter(rate_, frequency, peak_q, gain)
                                    : Cookbook::makeHighShelf(rate_, frequency, shelf_q, gain);
    const float a0 = values[3];
    return {values[0] / a0, values[1] / a0, values[2] / a0, values[4] / a0, values[5] / a0};
}

void ToneStack::use(std::size_t band) noexcept {
    for (auto& channel : filters_)
        std::copy(bands_[band].now.begin(), bands_[band].now.end(),
                  channel[band].coefficients->getRawCoefficients());
}

void ToneStack::advance(std::size_t band) noexcept {
    Band& one = bands_[band];
    if (position_ == 0) {
        if (one.moving) // the end of a line is its target itself
            one.now = one.target;
        one.moving = one.gain_db.isSmoothing();
        if (one.moving) {
            one.target = coefficients(band, one.gain_db.getNextValue());
            for (std::size_t i = 0; i < one.step.size(); ++i)
                one.step[i] = (one.target[i] - one.now[i]) / float(piece);
        }
        use(band);
    }
    if (one.moving) {
        for (std::size_t i = 0; i < one.step.size(); ++i)
            one.now[i] += one.step[i];
        use(band);
    }
}

void ToneStack::process(const Gains& gains, float* const* audio, std::size_t channels,
                        std::size_t frames) noexcept {
    for (std::size_t band = 0; band < bands; ++band)
        bands_[band].gain_db.setTargetValue(gains[band]);
    for (std::size_t i = 0; i < frames; ++i) {
        for (std::size_t band = 0; band < bands; ++band) {
            advance(band);
            for (std::size_t channel = 0; channel < channels; ++channel)
                audio[channel][i] = filters_[channel][band].processSample(audio[channel][i]);
        }
        position_ = (position_ + 1) % piece;
    }
}

} // namespace continuo::plugin
