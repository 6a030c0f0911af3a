// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/editor.h"

namespace continuo::plugin {

namespace {

constexpr int width = 820, height = 470, smallest_width = 640, smallest_height = 400;
constexpr int meters_per_second = 30;
constexpr int choice_height = 24;

void use_font(juce::Label& label, float size) {
    label.setFont(label.getFont().withHeight(size));
}

} // namespace

Editor::Editor(Processor& owner, const RecentModels& recent)
    : juce::AudioProcessorEditor(owner), processor_(owner), session_bar_(owner), model_bar_(owner, recent),
      bypass_attachment_(*owner.parameters().bypass, bypass_),
      channels_(*owner.parameters().channels,
                "What reaches the model on a stereo track: both sides, each through a "
                "device of its own, or one side or their mean through one device"),
      levels_(
          *owner.parameters().levels,
          "Raw: full scale is full scale. Normalised: every model equally loud. Calibrated: the volts that "
          "the device had. The last two need what the model's file states."),
      quality_bar_(owner.parameters()),
      full_scale_(
          *owner.parameters().full_scale_dbu, "Full scale",
          "What a sine that just reaches full scale has at your interface, in dBu: see its manual, or "
          "measure it. Used by calibrated levels."),
      input_meter_(owner.input_peak(), "In"), output_meter_(owner.output_peak(), "Out"),
      input_(*owner.parameters().input_db, "Input",
             "How loud the signal reaches the model: more is more drive"),
      output_(*owner.parameters().output_db, "Output", "How loud the result is"),
      gate_(*owner.parameters().gate, "Gate", "Silences hum between notes, before the model makes it loud"),
      tone_(*owner.parameters().tone, "Tone", "Bass, middle and treble after the model"),
      cabinet_(*owner.parameters().cabinet, "Cabinet",
               "A loudspeaker after the amplifier, from its impulse response"),
      cabinet_panel_(owner) {
    const juce::Point<int> size = owner.window_size(); // before anything below resizes the window
    setLookAndFeel(&look_);
    const Parameters& all = owner.parameters();
    gate_.add_knob(*all.gate_threshold_db, "Threshold", "What lies below is silenced");
    gate_.add_knob(*all.gate_hold_ms, "Hold", "How long the gate stays open below the threshold");
    gate_.add_knob(*all.gate_release_ms, "Release", "How long closing takes");
    tone_.add_knob(*all.bass_db, "Bass", "Below 150 Hz");
    tone_.add_knob(*all.middle_db, "Middle", "Around 650 Hz");
    tone_.add_knob(*all.treble_db, "Treble", "Above 3 kHz");
    cabinet_.set_content(cabinet_panel_);

    bypass_.setTooltip("Passes the sound as it came in");
    use_font(error_, 13.0f);
    error_.setColour(juce::Label::textColourId, colours::text);
    error_.setColour(juce::Label::backgroundColourId, colours::bad_panel);
    error_.setMinimumHorizontalScale(0.7f);
    use_font(load_, 12.0f);
    load_.setColour(juce::Label::textColourId, colours::quiet);
    load_.setJustificationType(juce::Justification::centredRight);
    load_.setMinimumHorizontalScale(0.7f);
    load_.setTooltip("Processing time as a share of real time, and the latency that the host is told");
    use_font(no_knobs_, 14.0f);
    no_knobs_.setColour(juce::Label::textColourId, colours::quiet);
    no_knobs_.setJustificationType(juce::Justification::centred);

    for (juce::Component* part : std::initializer_list<juce::Component*>{
             &session_bar_, &load_, &bypass_, &model_bar_, &input_meter_, &input_, &channels_, &output_,
             &levels_, &quality_bar_, &full_scale_, &output_meter_, &gate_, &tone_, &cabinet_, &no_knobs_})
        addAndMakeVisible(part);
    addChildComponent(error_);
    processor_.addChangeListener(this);
    update();
    setResizable(true, true);
    setResizeLimits(smallest_width, smallest_height, 3 * width, 3 * height);
    if (size.isOrigin())
        setSize(width, height);
    else // within the limits: a project may come from another screen
        setSize(juce::jlimit(smallest_width, 3 * width, size.x),
                juce::jlimit(smallest_height, 3 * height, size.y));
    startTimerHz(meters_per_second);
}

Editor::~Editor() {
    processor_.removeChangeListener(this);
    setLookAndFeel(nullptr);
}

void Editor::changeListenerCallback(juce::ChangeBroadcaster*) {
    update();
    resized();
}

void Editor::update() {
    session_bar_.update();
    model_bar_.update();
    cabinet_panel_.update();
    const juce::String problem = processor_.error();
    error_.setText(problem, juce::dontSendNotification);
    error_.setTooltip(problem);
    error_.setVisible(problem.isNotEmpty());
    if (const std::shared_ptr<const LoadedModel> model = processor_.model(); model != shown_) {
        shown_ = model;
        make_knobs();
    }
    no_knobs_.setText(shown_ ? "This model has no knobs" : "", juce::dontSendNotification);
    no_knobs_.setVisible(knobs_.empty());
}

void Editor::make_knobs() {
    knobs_.clear();
    for (KnobParameter* parameter : processor_.parameters().knobs)
        if (parameter->used()) {
            knobs_.push_back(
                std::make_unique<Knob>(*parameter, parameter->getName(64), "A knob of the modelled device"));
            addAndMakeVisible(*knobs_.back());
        }
}

bool Editor::is_calibrated() const {
    return Levels(processor_.parameters().levels->getIndex()) == Levels::calibrated;
}

void Editor::timerCallback() {
    if (full_scale_.isVisible() != is_calibrated())
        resized();
    input_meter_.update(1.0 / meters_per_second);
    output_meter_.update(1.0 / meters_per_second);
    const int latency = processor_.getLatencySamples();
    const double rate = processor_.getSampleRate();
    const juce::String milliseconds =
        rate > 0.0 ? juce::String(1000.0 * latency / rate, 2) : juce::String("0.00");
    load_.setText("CPU " + juce::String(100.0 * processor_.load(), 1) + " %   latency " + milliseconds +
                      " ms (" + juce::String(latency) + (latency == 1 ? " sample)" : " samples)"),
                  juce::dontSendNotification);
}

void Editor::paint(juce::Graphics& g) {
    g.fillAll(colours::background);
    g.setColour(colours::accent);
    g.setFont(g.getCurrentFont().withHeight(20.0f).boldened());
    g.drawText("Continuo", 14, 8, 100, 30, juce::Justification::centredLeft);
}

void Editor::resized() {
    processor_.set_window_size({getWidth(), getHeight()});
    auto area = getLocalBounds().reduced(10);
    auto header = area.removeFromTop(26);
    header.removeFromLeft(104);
    session_bar_.setBounds(header.removeFromLeft(212));
    bypass_.setBounds(header.removeFromRight(84));
    load_.setBounds(header.withTrimmedRight(10));
    area.removeFromTop(8);
    model_bar_.setBounds(area.removeFromTop(56));
    area.removeFromTop(6);
    if (error_.isVisible()) {
        error_.setBounds(area.removeFromTop(26));
        area.removeFromTop(6);
    }
    auto parts = area.removeFromBottom(juce::jlimit(120, 220, 2 * area.getHeight() / 5));
    area.removeFromBottom(8);
    input_meter_.setBounds(area.removeFromLeft(30));
    output_meter_.setBounds(area.removeFromRight(30));
    const int side = juce::jlimit(70, 130, area.getWidth() / 6);
    auto input_column = area.removeFromLeft(side).reduced(4, 0),
         output_column = area.removeFromRight(side).reduced(4, 0);
    channels_.setBounds(input_column.removeFromBottom(choice_height));
    levels_.setBounds(output_column.removeFromBottom(choice_height));
    input_.setBounds(input_column);
    full_scale_.setVisible(is_calibrated());
    if (is_calibrated())
        full_scale_.setBounds(output_column.removeFromBottom(output_column.getHeight() / 2));
    output_.setBounds(output_column);
    area.reduce(8, 0);
    const auto bottom = area.removeFromBottom(choice_height);
    quality_bar_.setBounds(
        bottom.withSizeKeepingCentre(juce::jmin(QualityBar::full_width, bottom.getWidth()), choice_height));
    no_knobs_.setBounds(area);
    // One row of up to eight knobs, level with input and output; two of the rest.
    const int count = int(knobs_.size()), rows = count > 8 ? 2 : 1,
              columns = (count + rows - 1) / juce::jmax(1, rows);
    for (int i = 0; i < count; ++i) {
        const int cell_width = juce::jmin(side, area.getWidth() / columns),
                  cell_height = area.getHeight() / rows;
        const int left = area.getCentreX() - cell_width * columns / 2, space = 4;
        knobs_[std::size_t(i)]->setBounds(juce::Rectangle<int>(left + (i % columns) * cell_width,
                                                               area.getY() + (i / columns) * cell_height,
                                                               cell_width, cell_height)
                                              .reduced(space, 0));
    }
    const int gap = 8, third = (parts.getWidth() - 2 * gap) / 3;
    gate_.setBounds(parts.removeFromLeft(third));
    parts.removeFromLeft(gap);
    tone_.setBounds(parts.removeFromLeft(third));
    parts.removeFromLeft(gap);
    cabinet_.setBounds(parts);
}

bool Editor::isInterestedInFileDrag(const juce::StringArray& files) {
    return files.size() == 1;
}

void Editor::filesDropped(const juce::StringArray& files, int, int) {
    const juce::File file(files[0]);
    // What is no audio file is taken for a model, so that its reader can say what is wrong with it.
    if (file.hasFileExtension("wav;flac;aif;aiff"))
        processor_.load_cabinet(file);
    else
        model_bar_.open(file);
}

} // namespace continuo::plugin
