// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_gui_basics/juce_gui_basics.h>

#include <functional>
#include <memory>

namespace continuo::plugin {

/// Opens a file dialogue and returns at once; `chosen` is called later, unless the user cancels.
/// [main-thread] Allocates.
/// \param chooser   the dialogue, which lives until it is replaced or its owner is gone
/// \param start     where it begins; the home directory where that is no file
/// \param patterns  as "*.wav;*.flac"
inline void choose_file(std::unique_ptr<juce::FileChooser>& chooser, const juce::String& title,
                        juce::File start, const juce::String& patterns,
                        std::function<void(const juce::File&)> chosen) {
    if (start == juce::File())
        start = juce::File::getSpecialLocation(juce::File::userHomeDirectory);
    chooser = std::make_unique<juce::FileChooser>(title, start, patterns);
    chooser->launchAsync(juce::FileBrowserComponent::openMode | juce::FileBrowserComponent::canSelectFiles,
                         [chosen = std::move(chosen)](const juce::FileChooser& dialogue) {
                             if (dialogue.getResult() != juce::File())
                                 chosen(dialogue.getResult());
                         });
}

} // namespace continuo::plugin
