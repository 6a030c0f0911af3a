// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/knob.h"

#include "plugin/editor/look.h"

namespace continuo::plugin {

Knob::Knob(juce::RangedAudioParameter& parameter, const juce::String& title, const juce::String& tip)
    : title_({}, title), dial_(juce::Slider::RotaryHorizontalVerticalDrag, juce::Slider::TextBoxBelow),
      attachment_(parameter, dial_) {
    setBufferedToImage(true); // meters beside it repaint thirty times a second
    title_.setJustificationType(juce::Justification::centred);
    title_.setFont(title_.getFont().withHeight(13.0f));
    title_.setMinimumHorizontalScale(0.7f);
    title_.setInterceptsMouseClicks(false, false);
    title_.setAccessible(false); // the dial has the name
    dial_.setTitle(parameter.getName(64));
    dial_.setTooltip(tip);
    dial_.setWantsKeyboardFocus(true);
    dial_.setDoubleClickReturnValue(true, parameter.convertFrom0to1(parameter.getDefaultValue()));
    if (parameter.label.isNotEmpty())
        dial_.setTextValueSuffix(" " + parameter.label);
    addAndMakeVisible(title_);
    addAndMakeVisible(dial_);
}

void Knob::resized() {
    auto area = getLocalBounds();
    title_.setBounds(area.removeFromTop(18));
    dial_.setTextBoxStyle(juce::Slider::TextBoxBelow, false, area.getWidth(), 17);
    dial_.setBounds(area);
}

} // namespace continuo::plugin
