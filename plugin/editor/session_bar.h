// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/processor.h"

#include <juce_gui_basics/juce_gui_basics.h>

#include <memory>

namespace continuo::plugin {

/// Undo and redo, a second setting to compare with, and presets. [main-thread]
class SessionBar final : public juce::Component {
  public:
    /// \param presets  the folder that presets are kept in; made when the first is saved
    SessionBar(Processor& processor, const juce::File& presets = presets_of_user());

    /// Shows what the processor has now.
    void update();

    void resized() override;

    /// What the presets button shows. Choosing acts when the menu's item is triggered.
    juce::PopupMenu preset_menu();

  private:
    static juce::File presets_of_user();
    void save();

    Processor& processor_;
    juce::File presets_;
    juce::TextButton undo_{"Undo"}, redo_{"Redo"}, compare_{"A"}, preset_{"Presets"};
    std::unique_ptr<juce::FileChooser> chooser_;
};

} // namespace continuo::plugin
