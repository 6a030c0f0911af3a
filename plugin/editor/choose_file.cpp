// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/choose_file.h"

#include <utility>

namespace continuo::plugin {

namespace {

void launch(std::unique_ptr<juce::FileChooser>& chooser, int flags,
            std::function<void(const juce::File&)> chosen) {
    chooser->launchAsync(flags | juce::FileBrowserComponent::canSelectFiles,
                         [chosen = std::move(chosen)](const juce::FileChooser& dialogue) {
                             if (dialogue.getResult() != juce::File())
                                 chosen(dialogue.getResult());
                         });
}

} // namespace

void choose_file(std::unique_ptr<juce::FileChooser>& chooser, const juce::String& title, juce::File start,
                 const juce::String& patterns, std::function<void(const juce::File&)> chosen) {
    if (start == juce::File())
        start = juce::File::getSpecialLocation(juce::File::userHomeDirectory);
    chooser = std::make_unique<juce::FileChooser>(title, start, patterns);
    launch(chooser, juce::FileBrowserComponent::openMode, std::move(chosen));
}

void choose_file_to_write(std::unique_ptr<juce::FileChooser>& chooser, const juce::String& title,
                          const juce::File& start, std::function<void(const juce::File&)> chosen) {
    chooser = std::make_unique<juce::FileChooser>(title, start, "*" + start.getFileExtension());
    launch(chooser, juce::FileBrowserComponent::saveMode | juce::FileBrowserComponent::warnAboutOverwriting,
           std::move(chosen));
}

} // namespace continuo::plugin
