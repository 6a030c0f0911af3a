// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/editor/cabinet_panel.h"
#include "plugin/editor/choice.h"
#include "plugin/editor/knob.h"
#include "plugin/editor/look.h"
#include "plugin/editor/meter.h"
#include "plugin/editor/model_bar.h"
#include "plugin/editor/quality_bar.h"
#include "plugin/editor/section.h"
#include "plugin/editor/session_bar.h"
#include "plugin/processor.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <memory>
#include <vector>

namespace continuo::plugin {

/// The plug-in's window. Model and impulse-response files can be dropped anywhere on it. [main-thread]
class Editor final : public juce::AudioProcessorEditor,
                     public juce::FileDragAndDropTarget,
                     private juce::ChangeListener,
                     private juce::Timer {
  public:
    /// \param recent  where the models that are opened here are remembered
    explicit Editor(Processor& owner, const RecentModels& recent = RecentModels());
    ~Editor() override;

    void paint(juce::Graphics& g) override;
    void resized() override;
    bool isInterestedInFileDrag(const juce::StringArray& files) override;
    void filesDropped(const juce::StringArray& files, int x, int y) override;

  private:
    void changeListenerCallback(juce::ChangeBroadcaster*) override;
    void timerCallback() override;
    void update();
    void make_knobs();
    bool is_calibrated() const;

    Processor& processor_;
    Look look_;
    SessionBar session_bar_;
    ModelBar model_bar_;
    juce::Label error_, load_, no_knobs_;
    juce::ToggleButton bypass_{"Bypass"};
    juce::ButtonParameterAttachment bypass_attachment_;
    Choice channels_, levels_;
    QualityBar quality_bar_;
    Knob full_scale_;
    Meter input_meter_, output_meter_;
    Knob input_, output_;
    std::vector<std::unique_ptr<Knob>> knobs_;
    std::shared_ptr<const LoadedModel> shown_; // whose knobs these are
    Section gate_, tone_, cabinet_;
    CabinetPanel cabinet_panel_;
    juce::TooltipWindow tooltips_{this, 600};
};

} // namespace continuo::plugin
