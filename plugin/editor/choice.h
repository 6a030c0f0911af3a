// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_audio_processors/juce_audio_processors.h>
#include <juce_gui_basics/juce_gui_basics.h>

namespace continuo::plugin {

/// A parameter with a few named values, to choose from a list. [main-thread]
class Choice final : public juce::Component {
  public:
    /// \param tip  what the values mean
    Choice(juce::AudioParameterChoice& parameter, const juce::String& tip)
        : attachment_(parameter, fill(parameter)) {
        box_.setTitle(parameter.getName(64));
        box_.setTooltip(tip);
        addAndMakeVisible(box_);
    }

    void resized() override { box_.setBounds(getLocalBounds()); }

  private:
    // Before the attachment, which selects one of them.
    juce::ComboBox& fill(const juce::AudioParameterChoice& parameter) {
        box_.addItemList(parameter.choices, 1);
        return box_;
    }

    juce::ComboBox box_;
    juce::ComboBoxParameterAttachment attachment_;
};

} // namespace continuo::plugin
