// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_audio_formats/juce_audio_formats.h>
#include <juce_dsp/juce_dsp.h>

#include <cstddef>
#include <memory>

namespace continuo::plugin {

/// The recorded impulse response of a loudspeaker cabinet, as a file holds it.
struct ImpulseResponse {
    juce::String name;                ///< of the file
    juce::MemoryBlock file;           ///< its bytes, which a session keeps
    juce::AudioBuffer<float> samples; ///< 1 or 2 channels
    double sample_rate = 0.0;         ///< Hz
};

/// Longer ones are cut: a cabinet is silent after a fraction of that.
inline constexpr double longest_impulse_response_seconds = 2.0;

inline constexpr juce::int64 largest_impulse_response_file = 16 << 20; ///< bytes

/// Reads wav, flac or aiff at any rate; of more than two channels, the first two.
/// [main-thread] Allocates. Throws BadInput, in one line, where the file is missing, larger than
/// largest_impulse_response_file, not audio, or silent.
ImpulseResponse read_impulse_response(const juce::File& file);

/// The same from the bytes of a file. `name` stands for it in error messages.
ImpulseResponse parse_impulse_response(juce::MemoryBlock file, const juce::String& name);

/// The convolution with an impulse response at the host's rate, without latency. Every impulse response is
/// brought to the same energy, so that changing it changes the tone and not the level.
class Cabinet {
  public:
    /// [main-thread] Allocates, and resamples.
    /// \param rate  Hz, of the host. \param block  samples that it is run with at once, longer blocks are cut
    /// \param queue  outlives this object
    Cabinet(const ImpulseResponse& response, double rate, std::size_t block,
            juce::dsp::ConvolutionMessageQueue& queue);

    /// Forgets what it heard. [audio-thread]
    void reset() noexcept { convolution_.reset(); }

    /// Samples by which the output is late. [any-thread]
    static constexpr std::size_t latency() noexcept { return 0; }

    /// Convolves in place. [audio-thread] Allocates nothing, takes no lock, throws nothing.
    void process(float* const* audio, std::size_t channels, std::size_t frames) noexcept;

  private:
    std::size_t block_;
    juce::dsp::Convolution convolution_;
};

} // namespace continuo::plugin
