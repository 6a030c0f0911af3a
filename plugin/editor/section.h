// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/editor/knob.h"

#include <juce_audio_processors/juce_audio_processors.h>
#include <juce_gui_basics/juce_gui_basics.h>

#include <memory>
#include <vector>

namespace continuo::plugin {

/// A part of the signal path on a panel: a switch with its name, and its knobs below. [main-thread]
class Section final : public juce::Component {
  public:
    /// \param tip  what the part does, in one sentence
    Section(juce::AudioParameterBool& parameter, const juce::String& name, const juce::String& tip);

    void add_knob(juce::RangedAudioParameter& parameter, const juce::String& title, const juce::String& tip);

    /// What stands below the switch in place of knobs. The caller owns it.
    void set_content(juce::Component& content);

    void paint(juce::Graphics& g) override;
    void resized() override;

  private:
    juce::ToggleButton switch_;
    juce::ButtonParameterAttachment attachment_;
    std::vector<std::unique_ptr<Knob>> knobs_;
    juce::Component* content_ = nullptr;
};

} // namespace continuo::plugin
