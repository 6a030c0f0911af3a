// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/processor.h"

#include <juce_gui_basics/juce_gui_basics.h>

#include <memory>

namespace continuo::plugin {

/// Which impulse response stands for the cabinet, and how to choose another or none. [main-thread]
class CabinetPanel final : public juce::Component {
  public:
    explicit CabinetPanel(Processor& processor);

    /// Shows what the processor has now.
    void update();

    void resized() override;

  private:
    void choose();

    Processor& processor_;
    juce::Label name_;
    juce::TextButton open_{"Open..."}, remove_{"Remove"};
    std::unique_ptr<juce::FileChooser> chooser_;
};

} // namespace continuo::plugin
