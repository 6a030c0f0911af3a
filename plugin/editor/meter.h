// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/signal_path.h"

#include <juce_gui_basics/juce_gui_basics.h>

namespace continuo::plugin {

/// A level with its peak of the last seconds, from −60 dB to full scale, and a lamp that stays lit once full
/// scale was passed until it is clicked. [main-thread]
class Meter final : public juce::Component, public juce::SettableTooltipClient {
  public:
    Meter(PeakHold& source, const juce::String& title);

    /// Takes what the audio thread has seen since the last time. \param seconds  since then
    void update(double seconds);

    void paint(juce::Graphics& g) override;
    void mouseDown(const juce::MouseEvent& event) override;
    std::unique_ptr<juce::AccessibilityHandler> createAccessibilityHandler() override;

  private:
    PeakHold& source_;
    juce::String title_;
    float level_db_ = -100.0f, peak_db_ = -100.0f;
    double peak_age_ = 0.0; // s
    bool clipped_ = false;
};

} // namespace continuo::plugin
