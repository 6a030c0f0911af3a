// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/editor/choice.h"
#include "plugin/parameters.h"

#include <juce_gui_basics/juce_gui_basics.h>

namespace continuo::plugin {

/// How much is spent against aliasing while playing, and when a host bounces. [main-thread]
class QualityBar final : public juce::Component {
  public:
    static constexpr int full_width = 330; ///< pixels; it makes do with less

    explicit QualityBar(const Parameters& parameters);

    void resized() override;

  private:
    juce::Label playing_title_, offline_title_;
    Choice playing_, offline_;
};

} // namespace continuo::plugin
