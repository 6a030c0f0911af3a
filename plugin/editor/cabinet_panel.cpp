// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/cabinet_panel.h"

#include "plugin/editor/choose_file.h"
#include "plugin/editor/look.h"

namespace continuo::plugin {

CabinetPanel::CabinetPanel(Processor& processor) : processor_(processor) {
    name_.setFont(name_.getFont().withHeight(13.0f));
    name_.setJustificationType(juce::Justification::topLeft);
    open_.setTitle("Open an impulse response");
    open_.setTooltip(
        "Choose the impulse response of a cabinet: wav, flac or aiff at any rate. You can also drop one.");
    open_.onClick = [this] { choose(); };
    remove_.setTitle("Remove the impulse response");
    remove_.setTooltip("Play without a cabinet");
    remove_.onClick = [this] { processor_.remove_cabinet(); };
    for (juce::Component* part : std::initializer_list<juce::Component*>{&name_, &open_, &remove_})
        addAndMakeVisible(part);
    update();
}

void CabinetPanel::update() {
    const std::shared_ptr<const LoadedCabinet> loaded = processor_.impulse_response();
    name_.setText(loaded ? loaded->response.name : juce::String("No impulse response"),
                  juce::dontSendNotification);
    name_.setTooltip(loaded ? loaded->file.getFullPathName() : juce::String());
    name_.setColour(juce::Label::textColourId, loaded ? colours::text : colours::quiet);
    remove_.setEnabled(loaded != nullptr);
}

void CabinetPanel::choose() {
    const auto loaded = processor_.impulse_response();
    choose_file(chooser_, "Open an impulse response", loaded ? loaded->file : juce::File(),
                "*.wav;*.flac;*.aiff;*.aif",
                [this](const juce::File& file) { processor_.load_cabinet(file); });
}

void CabinetPanel::resized() {
    auto area = getLocalBounds();
    auto buttons = area.removeFromBottom(28);
    open_.setBounds(buttons.removeFromLeft((buttons.getWidth() - 6) / 2));
    buttons.removeFromLeft(6);
    remove_.setBounds(buttons);
    name_.setBounds(area);
}

} // namespace continuo::plugin
