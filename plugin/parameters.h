// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dsp/oversampling/quality.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <array>
#include <cstddef>
#include <memory>

namespace continuo::plugin {

/// A control of the modelled device. A host keeps its parameters for good, so there is a fixed bank of them,
/// each named after the model's knob that it turns (LV2 knows only the names "Knob 1" to "Knob 16"); those
/// that the model lacks do nothing.
class KnobParameter final : public juce::AudioParameterFloat {
  public:
    explicit KnobParameter(std::size_t number);

    /// [main-thread] \param knob_name  empty where the model has no such knob
    void set_name(const juce::String& knob_name);

    /// Whether the model has it. [any-thread]
    bool used() const;

    juce::String getName(int maximum_length) const override;

  private:
    mutable juce::CriticalSection lock_; // hosts ask for names on threads of their own, none of them audio
    juce::String name_;
};

/// The parameters that a host sees and saves. The processor owns them; these are the typed pointers to them.
struct Parameters {
    static constexpr std::size_t knob_count = 16;

    juce::AudioParameterBool* bypass = nullptr;
    juce::AudioParameterFloat* input_db = nullptr;
    juce::AudioParameterFloat* output_db = nullptr;
    juce::AudioParameterChoice* channels = nullptr;
    juce::AudioParameterChoice* levels = nullptr;
    juce::AudioParameterFloat* full_scale_dbu = nullptr;
    juce::AudioParameterBool* gate = nullptr;
    juce::AudioParameterFloat* gate_threshold_db = nullptr;
    juce::AudioParameterFloat* gate_hold_ms = nullptr;
    juce::AudioParameterFloat* gate_release_ms = nullptr;
    juce::AudioParameterBool* tone = nullptr;
    juce::AudioParameterFloat* bass_db = nullptr;
    juce::AudioParameterFloat* middle_db = nullptr;
    juce::AudioParameterFloat* treble_db = nullptr;
    juce::AudioParameterBool* cabinet = nullptr;
    juce::AudioParameterBool* previous_model =
        nullptr; ///< switched on: the model before, as a foot switch sends it
    juce::AudioParameterBool* next_model = nullptr; ///< the same for the one after
    std::array<KnobParameter*, knob_count> knobs{};
    juce::AudioParameterChoice* quality = nullptr;         ///< in the order of dsp::Quality
    juce::AudioParameterChoice* offline_quality = nullptr; ///< as played, then in the order of dsp::Quality

    /// Makes them all and gives them to the processor. New ones come last: hosts may know them by their
    /// place. [main-thread]
    explicit Parameters(juce::AudioProcessor& processor);

    /// The quality to run at. [any-thread] Allocates nothing. \param offline  a bounce, and no playing
    dsp::Quality chosen_quality(bool offline) const;
};

} // namespace continuo::plugin
