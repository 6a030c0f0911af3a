// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_audio_processors/juce_audio_processors.h>
#include <juce_gui_basics/juce_gui_basics.h>

namespace continuo::plugin {

/// A parameter to turn: its name, a dial, its value. A double click puts it back to its default; arrow keys
/// turn it. [main-thread]
class Knob final : public juce::Component {
  public:
    /// \param tip  what it does, in one sentence
    Knob(juce::RangedAudioParameter& parameter, const juce::String& title, const juce::String& tip);

    void resized() override;

  private:
    juce::Label title_;
    juce::Slider dial_;
    juce::SliderParameterAttachment attachment_;
};

} // namespace continuo::plugin
