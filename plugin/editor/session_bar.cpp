// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/session_bar.h"

#include "plugin/editor/choose_file.h"

#include <utility>

namespace continuo::plugin {

namespace {
const char* const preset_ending = ".continuo";
}

SessionBar::SessionBar(Processor& processor, const juce::File& presets)
    : processor_(processor), presets_(presets) {
    setBufferedToImage(true); // meters beside it repaint thirty times a second
    undo_.setTooltip("Takes back the last knob turned or file opened");
    undo_.onClick = [this] { processor_.undo(); };
    redo_.setTooltip("Does again what was taken back");
    redo_.onClick = [this] { processor_.redo(); };
    compare_.setTitle("Compare");
    compare_.setTooltip("Keeps this setting and goes to the other of two, A and B, to hear which is better");
    compare_.onClick = [this] { processor_.compare(); };
    preset_.setTooltip("Saves what you hear, model and cabinet included, or opens what you saved");
    preset_.onClick = [this] {
        preset_menu().showMenuAsync(
            juce::PopupMenu::Options().withTargetComponent(preset_).withDeletionCheck(*this));
    };
    for (juce::Component* part : std::initializer_list<juce::Component*>{&undo_, &redo_, &compare_, &preset_})
        addAndMakeVisible(part);
    update();
}

void SessionBar::update() {
    undo_.setEnabled(processor_.can_undo());
    redo_.setEnabled(processor_.can_redo());
    compare_.setButtonText(processor_.compared() == 0 ? "A" : "B");
}

juce::PopupMenu SessionBar::preset_menu() {
    juce::PopupMenu menu;
    menu.setLookAndFeel(&getLookAndFeel());
    menu.addItem("Save as...", [this] { save(); });
    juce::Array<juce::File> files =
        presets_.findChildFiles(juce::File::findFiles, false, juce::String("*") + preset_ending);
    files.sort();
    if (!files.isEmpty())
        menu.addSeparator();
    for (const juce::File& file : files)
        menu.addItem(file.getFileNameWithoutExtension(), [this, file] { processor_.load_preset(file); });
    return menu;
}

void SessionBar::save() {
    presets_.createDirectory();
    choose_file_to_write(chooser_, "Save a preset",
                         presets_.getChildFile("My sound" + juce::String(preset_ending)),
                         [this](const juce::File& file) {
                             // Added and not replaced: a name may have a point in it.
                             processor_.save_preset(file.hasFileExtension(preset_ending)
                                                        ? file
                                                        : juce::File(file.getFullPathName() + preset_ending));
                         });
}

void SessionBar::resized() {
    auto area = getLocalBounds();
    for (const auto& [button, width] :
         {std::pair{&undo_, 48}, {&redo_, 48}, {&compare_, 30}, {&preset_, 70}}) {
        button->setBounds(area.removeFromLeft(width));
        area.removeFromLeft(4);
    }
}

juce::File SessionBar::presets_of_user() {
    return juce::File::getSpecialLocation(juce::File::userApplicationDataDirectory)
        .getChildFile("Continuo/presets");
}

} // namespace continuo::plugin
