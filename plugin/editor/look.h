// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_gui_basics/juce_gui_basics.h>

namespace continuo::plugin {

/// The colours of the editor. Text keeps a contrast of 4.5 or more to what it stands on.
namespace colours {
const juce::Colour background(0xff17191c), panel(0xff212428), line(0xff353a40), text(0xffece7de),
    quiet(0xffa7a49c), accent(0xffe8a33d), good(0xff7fbf7f), bad(0xffef6a5a), bad_panel(0xff43211e);
}

/// How the editor draws its controls. [main-thread]
class Look final : public juce::LookAndFeel_V4 {
  public:
    Look();

    void drawRotarySlider(juce::Graphics& g, int x, int y, int width, int height, float position,
                          float start_angle, float end_angle, juce::Slider& slider) override;
    void drawToggleButton(juce::Graphics& g, juce::ToggleButton& button, bool highlighted,
                          bool down) override;
    void drawButtonBackground(juce::Graphics& g, juce::Button& button, const juce::Colour& colour,
                              bool highlighted, bool down) override;
    juce::Font getComboBoxFont(juce::ComboBox& box) override;
};

} // namespace continuo::plugin
