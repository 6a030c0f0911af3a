// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/section.h"

#include "plugin/editor/look.h"

namespace continuo::plugin {

Section::Section(juce::AudioParameterBool& parameter, const juce::String& name, const juce::String& tip)
    : switch_(name), attachment_(parameter, switch_) {
    setBufferedToImage(true); // meters beside it repaint thirty times a second
    switch_.setTooltip(tip);
    switch_.setTitle(name);
    addAndMakeVisible(switch_);
}

void Section::add_knob(juce::RangedAudioParameter& parameter, const juce::String& title,
                       const juce::String& tip) {
    knobs_.push_back(std::make_unique<Knob>(parameter, title, tip));
    addAndMakeVisible(*knobs_.back());
}

void Section::set_content(juce::Component& content) {
    content_ = &content;
    addAndMakeVisible(content);
}

void Section::paint(juce::Graphics& g) {
    g.setColour(colours::panel);
    g.fillRoundedRectangle(getLocalBounds().toFloat(), 6.0f);
}

void Section::resized() {
    auto area = getLocalBounds().reduced(8);
    switch_.setBounds(area.removeFromTop(22));
    area.removeFromTop(2);
    if (content_ != nullptr)
        content_->setBounds(area);
    const int count = int(knobs_.size());
    for (int i = 0; i < count; ++i)
        knobs_[std::size_t(i)]->setBounds(area.removeFromLeft(area.getWidth() / (count - i)));
}

} // namespace continuo::plugin
