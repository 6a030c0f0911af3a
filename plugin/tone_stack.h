// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_dsp/juce_dsp.h>

#include <array>
#include <cstddef>

namespace continuo::plugin {

/// Bass, middle and treble after the model: a low shelf at 150 Hz, a peak at 650 Hz (Q 0.7) and a high shelf
/// at 3 kHz. At 0 dB everywhere it passes the audio bit for bit. New gains are reached in 20 ms.
///
/// Source of the filters: Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", as
/// juce::dsp::IIR has them.
class ToneStack {
  public:
    static constexpr std::size_t bands = 3, most_channels = 2;
    using Gains = std::array<float, bands>; ///< dB, −24 to 24: bass, middle, treble

    /// [main-thread] Allocates. \param rate  Hz
    void prepare(double rate);

    /// Jumps to these gains, with no history. [audio-thread]
    void reset(const Gains& gains) noexcept;

    /// Filters in place. [audio-thread] Allocates nothing, takes no lock, throws nothing.
    void process(const Gains& gains, float* const* audio, std::size_t channels, std::size_t frames) noexcept;

  private:
    // Moving gains are looked at once in so many samples, counted from the last reset, so that the sound does
    // not depend on the block; in between, the coefficients move in straight lines, so that it does not
    // zipper.
    static constexpr std::size_t piece = 32;
    using Coefficients = std::array<float, 5>; // b0, b1, b2, a1, a2, divided by a0

    struct Band {
        juce::SmoothedValue<float> gain_db;
        Coefficients now{}, target{}, step{};
        bool moving = false;
    };

    Coefficients coefficients(std::size_t band, float gain_db) const noexcept;
    void use(std::size_t band) noexcept;
    void advance(std::size_t band) noexcept;

    double rate_ = 48000.0;
    std::size_t position_ = 0;
    std::array<Band, bands> bands_;
    std::array<std::array<juce::dsp::IIR::Filter<float>, bands>, most_channels> filters_;
};

} // namespace continuo::plugin
