#include "plugin/processor.h"

#include "models/format/ssm_file.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

namespace continuo::plugin {

namespace {

struct Place {
    Place() {
        for (int i = 0; i < 3; ++i)
            write_model(random_model(std::uint64_t(i), {"Drive"}), path(i));
    }
    juce::File model(int i) const { return folder.file("model" + juce::String(i) + ".ssm"); }
    std::string path(int i) const { return model(i).getFullPathName().toStdString(); }

    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
};

// As a knob of the editor does.
void turn(juce::RangedAudioParameter& parameter, float value) {
    parameter.beginChangeGesture();
    parameter.setValueNotifyingHost(parameter.convertTo0to1(value));
    parameter.endChangeGesture();
}

juce::String name_of_model(const Processor& processor) {
    return processor.model() ? juce::String(processor.model()->model.name) : juce::String();
}

} // namespace

TEST_CASE("Undo takes back knobs and models in the order they were changed, redo does them again",
          "[plugin]") {
    const Place place;
    Processor processor;
    processor.prepareToPlay(48000.0, 64);
    CHECK(!processor.can_undo());
    juce::AudioParameterFloat& input = *processor.parameters().input_db;
    KnobParameter& drive = *processor.parameters().knobs[0];
    REQUIRE(processor.load_model(place.model(1)));
    turn(input, 6.0f);
    turn(drive, 0.75f);
    REQUIRE(processor.load_model(place.model(2)));
    CHECK(drive.get() == 0.25f); // the model's default

    processor.undo();
    CHECK(name_of_model(processor) == "Model 1");
    CHECK(drive.get() == 0.75f);
    CHECK(input.get() == 6.0f);
    processor.undo();
    CHECK(drive.get() == 0.25f);
    processor.undo();
    CHECK(input.get() == 0.0f);
    processor.redo();
    processor.redo();
    processor.redo();
    CHECK(!processor.can_redo());
    CHECK(name_of_model(processor) == "Model 2");
    CHECK(input.get() == 6.0f);
    for (int i = 0; i < 4; ++i)
        processor.undo();
    CHECK(name_of_model(processor).isEmpty());
    CHECK(!processor.can_undo());

    turn(input, 3.0f); // another way: what was undone is forgotten
    CHECK(!processor.can_redo());
}

TEST_CASE("Undo leaves the bypass alone, and automation is no step", "[plugin]") {
    const Place place;
    Processor processor;
    turn(*processor.parameters().input_db, 6.0f);
    turn(*processor.parameters().bypass, 1.0f);
    processor.parameters().output_db->setValueNotifyingHost(0.1f);
    processor.undo();
    CHECK(processor.parameters().bypass->get());
    CHECK(processor.parameters().input_db->get() == 0.0f);
    CHECK(!processor.can_undo());
}

TEST_CASE("A project that is opened is not a step to undo", "[plugin]") {
    const Place place;
    Processor one, other;
    REQUIRE(one.load_model(place.model(1)));
    juce::MemoryBlock state;
    one.getStateInformation(state);
    turn(*other.parameters().input_db, 6.0f);
    other.setStateInformation(state.getData(), int(state.getSize()));
    CHECK(!other.can_undo());
    turn(*other.parameters().input_db, 3.0f);
    other.undo();
    CHECK(name_of_model(other) == "Model 1");
    CHECK(other.parameters().input_db->get() == 0.0f);
}

TEST_CASE("The quality is undone and compared as any sound", "[plugin]") {
    const Place place;
    Processor processor;
    juce::AudioParameterChoice& quality = *processor.parameters().quality;
    turn(quality, float(dsp::Quality::high));
    processor.compare();
    turn(quality, float(dsp::Quality::eco));
    processor.compare();
    CHECK(quality.getCurrentChoiceName() == "High");
    processor.compare();
    CHECK(quality.getCurrentChoiceName() == "Eco");
    processor.undo(); // a comparison is a step as well
    CHECK(quality.getCurrentChoiceName() == "High");
}

TEST_CASE("Two settings can be compared, each as it was left", "[plugin]") {
    const Place place;
    Processor processor;
    REQUIRE(processor.load_model(place.model(1)));
    turn(*processor.parameters().input_db, 6.0f);
    processor.compare();
    CHECK(processor.compared() == 1);
    CHECK(name_of_model(processor) == "Model 1"); // a copy at first
    CHECK(processor.parameters().input_db->get() == 6.0f);
    REQUIRE(processor.load_model(place.model(2)));
    turn(*processor.parameters().input_db, -6.0f);
    processor.compare();
    CHECK(processor.compared() == 0);
    CHECK(name_of_model(processor) == "Model 1");
    CHECK(processor.parameters().input_db->get() == 6.0f);
    processor.compare();
    CHECK(name_of_model(processor) == "Model 2");
    CHECK(processor.parameters().input_db->get() == -6.0f);
}

TEST_CASE("A preset brings everything back, without the model's file; what is no preset is refused",
          "[plugin]") {
    const Place place;
    const juce::File preset = place.folder.file("lead.continuo");
    Processor one, other;
    REQUIRE(one.load_model(place.model(1)));
    turn(*one.parameters().knobs[0], 0.75f);
    REQUIRE(one.save_preset(preset));
    CHECK(!one.save_preset(place.folder.file("missing/lead.continuo")));
    CHECK(one.error().contains("lead.continuo: "));
    place.model(1).deleteFile();

    REQUIRE(other.load_model(place.model(2)));
    REQUIRE(other.load_preset(preset));
    CHECK(name_of_model(other) == "Model 1");
    CHECK(other.parameters().knobs[0]->get() == 0.75f);
    other.undo();
    CHECK(name_of_model(other) == "Model 2");

    CHECK(!other.load_preset(place.model(2)));
    CHECK(other.error().contains("model2.ssm: "));
    CHECK(!other.load_preset(place.folder.file("missing.continuo")));
    CHECK(name_of_model(other) == "Model 2");
}

} // namespace continuo::plugin
