// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/model_bar.h"

#include "plugin/editor/choose_file.h"
#include "plugin/editor/look.h"

#include "models/format/ssm_file.h"

namespace continuo::plugin {

namespace {

juce::String details_of(const Model& model) {
    juce::StringArray parts; // the least important last: what is too long is cut off
    parts.add(juce::String::fromUTF8(model.device.c_str()));
    if (model.training.validation_esr)
        parts.add("ESR " + juce::String(10.0 * std::log10(*model.training.validation_esr), 1) + " dB");
    parts.add("trained at " + juce::String(model.sample_rate() / 1000.0) + " kHz");
    for (const std::string& text : {model.tier, model.licence, model.author})
        parts.add(juce::String::fromUTF8(text.c_str()));
    parts.removeEmptyStrings();
    return parts.joinIntoString(juce::String::fromUTF8("  \xc2\xb7  "));
}

juce::String name_of(const LoadedModel& loaded) {
    return loaded.model.name.empty() ? loaded.file.getFileNameWithoutExtension()
                                     : juce::String::fromUTF8(loaded.model.name.c_str());
}

// By the name that it has inside, as everywhere else; by its file where it cannot be read.
juce::String name_of(const juce::File& file) {
    try {
        return name_of(LoadedModel{read_model(file.getFullPathName().toStdString()), file});
    } catch (const std::exception&) {
        return file.getFileNameWithoutExtension();
    }
}

} // namespace

ModelBar::ModelBar(Processor& processor, const RecentModels& recent)
    : processor_(processor), recent_(recent) {
    setBufferedToImage(true); // meters beside it repaint thirty times a second
    previous_.setTitle("Previous model");
    previous_.setTooltip("The model before this one in its folder");
    previous_.onClick = [this] { processor_.load_neighbour(-1); };
    next_.setTitle("Next model");
    next_.setTooltip("The model after this one in its folder");
    next_.onClick = [this] { processor_.load_neighbour(1); };
    open_.setTitle("Open a model");
    open_.setTooltip(
        "Factory models, recent ones, and model files (.ssm). You can also drop a file anywhere on "
        "this window.");
    open_.onClick = [this] {
        menu().showMenuAsync(juce::PopupMenu::Options().withTargetComponent(open_).withDeletionCheck(*this));
    };
    name_.setFont(name_.getFont().withHeight(17.0f).boldened());
    details_.setFont(details_.getFont().withHeight(12.5f));
    details_.setColour(juce::Label::textColourId, colours::quiet);
    details_.setMinimumHorizontalScale(0.8f);
    for (juce::Component* part :
         std::initializer_list<juce::Component*>{&previous_, &next_, &open_, &name_, &details_})
        addAndMakeVisible(part);
    update();
}

void ModelBar::update() {
    const std::shared_ptr<const LoadedModel> loaded = processor_.model();
    name_.setText(loaded ? name_of(*loaded) : juce::String("No model"), juce::dontSendNotification);
    details_.setText(loaded ? details_of(loaded->model)
                            : juce::String("The sound passes unchanged. Open a model, or drop one here."),
                     juce::dontSendNotification);
    details_.setTooltip(loaded ? details_.getText() + "\n" + loaded->file.getFullPathName() : juce::String());
    previous_.setEnabled(loaded != nullptr);
    next_.setEnabled(loaded != nullptr);
}

void ModelBar::choose() {
    const auto loaded = processor_.model();
    choose_file(chooser_, "Open a model", loaded ? loaded->file : juce::File(), "*.ssm",
                [this](const juce::File& file) { open(file); });
}

void ModelBar::open(const juce::File& file) {
    if (processor_.load_model(file))
        recent_.add(file);
}

juce::PopupMenu ModelBar::menu() {
    juce::PopupMenu menu;
    menu.setLookAndFeel(&getLookAndFeel());
    menu.addItem("Open a file...", [this] { choose(); });
    const std::shared_ptr<const LoadedModel> loaded = processor_.model();
    const auto add = [&](const juce::String& title, const juce::Array<juce::File>& files) {
        if (!files.isEmpty())
            menu.addSectionHeader(title);
        for (const juce::File& file : files)
            menu.addItem(name_of(file), true, loaded && loaded->file == file, [this, file] { open(file); });
    };
    add("Factory models", models_in(factory_models_folder()));
    add("Recent models", recent_.files());
    return menu;
}

void ModelBar::paint(juce::Graphics& g) {
    g.setColour(colours::panel);
    g.fillRoundedRectangle(getLocalBounds().toFloat(), 6.0f);
}

void ModelBar::resized() {
    auto area = getLocalBounds().reduced(8);
    open_.setBounds(area.removeFromRight(76).withSizeKeepingCentre(76, 28));
    area.removeFromRight(8);
    next_.setBounds(area.removeFromRight(30).withSizeKeepingCentre(30, 28));
    area.removeFromRight(4);
    previous_.setBounds(area.removeFromRight(30).withSizeKeepingCentre(30, 28));
    area.removeFromRight(8);
    name_.setBounds(area.removeFromTop(area.getHeight() / 2));
    details_.setBounds(area);
}

} // namespace continuo::plugin
