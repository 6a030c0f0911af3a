// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/parameters.h"

#include "plugin/levels.h"

namespace continuo::plugin {

namespace {

// Raised where a parameter changes its meaning, so that hosts do not apply old automation to it.
constexpr int version_hint = 1;

juce::ParameterID id(const juce::String& name) {
    return {name, version_hint};
}

template <class Parameter>
Parameter* give(juce::AudioProcessor& processor, std::unique_ptr<Parameter> parameter) {
    Parameter* pointer = parameter.get();
    processor.addParameter(parameter.release());
    return pointer;
}

juce::AudioParameterBool* add_switch(juce::AudioProcessor& processor, const juce::String& name,
                                     const juce::String& title, bool value) {
    return give(processor, std::make_unique<juce::AudioParameterBool>(id(name), title, value));
}

// Meta: it changes other parameters, and so a session does not keep it, or opening one would change the
// model.
juce::AudioParameterBool* add_foot_switch(juce::AudioProcessor& processor, const juce::String& name,
                                          const juce::String& title) {
    return give(processor, std::make_unique<juce::AudioParameterBool>(
                               id(name), title, false, juce::AudioParameterBoolAttributes().withMeta(true)));
}

juce::AudioParameterFloat* add_value(juce::AudioProcessor& processor, const juce::String& name,
                                     const juce::String& title, juce::NormalisableRange<float> range,
                                     float value, const juce::String& unit, int decimals) {
    const auto text = [decimals](float number, int) { return juce::String(number, decimals); };
    const auto attributes =
        juce::AudioParameterFloatAttributes().withLabel(unit).withStringFromValueFunction(text);
    return give(processor,
                std::make_unique<juce::AudioParameterFloat>(id(name), title, range, value, attributes));
}

juce::AudioParameterFloat* add_decibels(juce::AudioProcessor& processor, const juce::String& name,
                                        const juce::String& title, float lowest, float highest, float value) {
    return add_value(processor, name, title, {lowest, highest, 0.1f}, value, "dB", 1);
}

juce::AudioParameterFloat* add_milliseconds(juce::AudioProcessor& processor, const juce::String& name,
                                            const juce::String& title, float lowest, float highest,
                                            float value) {
    juce::NormalisableRange<float> range{lowest, highest, 1.0f};
    range.setSkewForCentre(0.2f * highest);
    return add_value(processor, name, title, range, value, "ms", 0);
}

juce::AudioParameterChoice* add_choice(juce::AudioProcessor& processor, const juce::String& name,
                                       const juce::String& title, const juce::StringArray& choices,
                                       int value) {
    return give(processor, std::make_unique<juce::AudioParameterChoice>(id(name), title, choices, value));
}

} // namespace

KnobParameter::KnobParameter(std::size_t number)
    : juce::AudioParameterFloat(
          id("knob_" + juce::String(number)), "Knob " + juce::String(number), {0.0f, 1.0f}, 0.5f,
          juce::AudioParameterFloatAttributes().withStringFromValueFunction(
              [](float number_to_show, int) { return juce::String(number_to_show, 2); })) {}

void KnobParameter::set_name(const juce::String& knob_name) {
    const juce::ScopedLock hold(lock_);
    name_ = knob_name;
}

bool KnobParameter::used() const {
    const juce::ScopedLock hold(lock_);
    return name_.isNotEmpty();
}

juce::String KnobParameter::getName(int maximum_length) const {
    const juce::ScopedLock hold(lock_);
    return (name_.isEmpty() ? name : name_).substring(0, maximum_length);
}

Parameters::Parameters(juce::AudioProcessor& processor) {
    bypass = add_switch(processor, "bypass", "Bypass", false);
    input_db = add_decibels(processor, "input", "Input", -24.0f, 24.0f, 0.0f);
    output_db = add_decibels(processor, "output", "Output", -48.0f, 24.0f, 0.0f);
    channels = add_choice(processor, "channels", "Channels", {"Stereo", "Left", "Right", "Left + right"}, 0);
    levels = add_choice(processor, "levels", "Levels", {"Raw", "Normalised", "Calibrated"},
                        int(Levels::normalised));
    full_scale_dbu = add_value(processor, "full_scale", "Full scale", {-10.0f, 30.0f, 0.1f}, 12.0f, "dBu", 1);
    gate = add_switch(processor, "gate", "Gate", false);
    gate_threshold_db = add_decibels(processor, "gate_threshold", "Gate threshold", -90.0f, -20.0f, -60.0f);
    gate_hold_ms = add_milliseconds(processor, "gate_hold", "Gate hold", 0.0f, 500.0f, 50.0f);
    gate_release_ms = add_milliseconds(processor, "gate_release", "Gate release", 5.0f, 1000.0f, 100.0f);
    tone = add_switch(processor, "tone", "Tone", false);
    bass_db = add_decibels(processor, "bass", "Bass", -12.0f, 12.0f, 0.0f);
    middle_db = add_decibels(processor, "middle", "Middle", -12.0f, 12.0f, 0.0f);
    treble_db = add_decibels(processor, "treble", "Treble", -12.0f, 12.0f, 0.0f);
    cabinet = add_switch(processor, "cabinet", "Cabinet", true);
    previous_model = add_foot_switch(processor, "previous_model", "Previous model");
    next_model = add_foot_switch(processor, "next_model", "Next model");
    for (std::size_t i = 0; i < knob_count; ++i)
        knobs[i] = give(processor, std::make_unique<KnobParameter>(i + 1));
    const juce::StringArray qualities{"Eco", "Normal", "High", "Offline"};
    quality = add_choice(processor, "quality", "Quality", qualities, int(dsp::Quality::normal));
    juce::StringArray when_offline = qualities;
    when_offline.insert(0, "As played");
    offline_quality = add_choice(processor, "offline_quality", "Offline quality", when_offline,
                                 1 + int(dsp::Quality::offline));
}

dsp::Quality Parameters::chosen_quality(bool offline) const {
    const int instead = offline ? offline_quality->getIndex() - 1 : -1;
    return dsp::Quality(instead >= 0 ? instead : quality->getIndex());
}

} // namespace continuo::plugin
