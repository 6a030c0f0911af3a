// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/model_library.h"
#include "plugin/processor.h"

#include <juce_gui_basics/juce_gui_basics.h>

#include <memory>

namespace continuo::plugin {

/// Which model plays, what is known about it, and how to get another: the models that come with Continuo,
/// those opened last, a file dialogue, and the files before and after it in its folder. [main-thread]
class ModelBar final : public juce::Component {
  public:
    ModelBar(Processor& processor, const RecentModels& recent);

    /// Opens a file because the user asked for it, and remembers it among the recent ones.
    void open(const juce::File& file);

    /// What the button shows. Choosing acts when the menu's item is triggered.
    juce::PopupMenu menu();

    /// Shows what the processor has now.
    void update();

    void paint(juce::Graphics& g) override;
    void resized() override;

  private:
    void choose();

    Processor& processor_;
    RecentModels recent_;
    juce::TextButton previous_{"<"}, next_{">"}, open_{"Open"};
    juce::Label name_, details_;
    std::unique_ptr<juce::FileChooser> chooser_;
};

} // namespace continuo::plugin
