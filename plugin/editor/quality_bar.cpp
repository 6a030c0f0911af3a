// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/quality_bar.h"

#include "plugin/editor/look.h"

#include <utility>

namespace continuo::plugin {

QualityBar::QualityBar(const Parameters& parameters)
    : playing_(
          *parameters.quality,
          "How much is spent against aliasing: tones that distortion adds and the device does not have. "
          "Eco: none, without latency. Normal: twice the rate, twice the work, 3 samples late. High: four "
          "times, 4 samples late. Offline: eight times, 99 samples late, the phase untouched."),
      offline_(
          *parameters.offline_quality,
          "The quality while the host bounces, where time does not matter. Hosts that play a bounce in real "
          "time have the one on the left.") {
    for (auto& [label, text] :
         {std::pair<juce::Label*, const char*>{&playing_title_, "Quality"}, {&offline_title_, "Bounce"}}) {
        label->setText(text, juce::dontSendNotification);
        label->setFont(label->getFont().withHeight(13.0f));
        label->setColour(juce::Label::textColourId, colours::quiet);
        label->setJustificationType(juce::Justification::centredRight);
        label->setMinimumHorizontalScale(0.7f);
        label->setInterceptsMouseClicks(false, false);
        label->setAccessible(false); // the list has the name
    }
    for (juce::Component* part :
         std::initializer_list<juce::Component*>{&playing_title_, &playing_, &offline_title_, &offline_})
        addAndMakeVisible(part);
}

void QualityBar::resized() {
    auto area = getLocalBounds();
    constexpr int title_width = 56;
    auto left = area.removeFromLeft(area.getWidth() / 2);
    playing_title_.setBounds(left.removeFromLeft(title_width));
    playing_.setBounds(left);
    offline_title_.setBounds(area.removeFromLeft(title_width));
    offline_.setBounds(area);
}

} // namespace continuo::plugin
