#include "plugin/session.h"

#include "models/common/errors.h"
#include "models/format/ssm_file.h"
#include "plugin/processor.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

namespace continuo::plugin {

TEST_CASE("A session keeps every parameter, the model and where it came from", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    Processor first, second;
    juce::Random random(1);
    for (juce::AudioProcessorParameter* parameter : first.getParameters())
        parameter->setValueNotifyingHost(random.nextFloat());
    Session session;
    session.model = std::make_shared<LoadedModel>(
        LoadedModel{random_model(1, {"Drive", "Bright"}), juce::File("/somewhere/else.ssm")});
    const juce::MemoryBlock bytes = write_session(session, first);
    const Session read = read_session(bytes.getData(), bytes.getSize(), second, "project");
    REQUIRE(read.model != nullptr);
    CHECK(read.model->model == session.model->model);
    CHECK(read.model->file == session.model->file);
    CHECK(read.cabinet == nullptr);
    for (int i = 0; i < first.getParameters().size(); ++i)
        if (first.getParameters()[i]->isMetaParameter()) // a foot switch: an event, not a state
            CHECK(second.getParameters()[i]->getValue() == 0.0f);
        else
            CHECK(second.getParameters()[i]->getValue() == first.getParameters()[i]->getValue());
}

TEST_CASE("A session from before there was oversampling sounds as it did", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    Processor saved, processor;
    const juce::MemoryBlock bytes = write_session({}, saved);
    constexpr std::size_t header = 8;
    auto tree = juce::ValueTree::readFromData(bytes.begin() + header, bytes.getSize() - header);
    juce::ValueTree values = tree.getChildWithName("parameters");
    for (const char* name : {"quality", "offline_quality"}) {
        REQUIRE(values.hasProperty(name));
        values.removeProperty(name, nullptr);
    }
    juce::MemoryOutputStream old;
    old.write(bytes.getData(), header);
    tree.writeToStream(old);
    REQUIRE(processor.parameters().quality->getCurrentChoiceName() == "Normal");
    read_session(old.getData(), old.getDataSize(), processor, "project");
    CHECK(processor.parameters().quality->getCurrentChoiceName() == "Eco");
    CHECK(processor.parameters().offline_quality->getCurrentChoiceName() == "As played");
    for (const bool offline : {false, true})
        CHECK(processor.parameters().chosen_quality(offline) == dsp::Quality::eco);
}

TEST_CASE("The parameters of earlier versions keep their places", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const Processor processor;
    const juce::StringArray first{
        "bypass", "input",          "output",    "channels",       "levels",    "full_scale",
        "gate",   "gate_threshold", "gate_hold", "gate_release",   "tone",      "bass",
        "middle", "treble",         "cabinet",   "previous_model", "next_model"};
    juce::StringArray expected = first;
    for (std::size_t i = 1; i <= Parameters::knob_count; ++i)
        expected.add("knob_" + juce::String(i));
    expected.addArray({"quality", "offline_quality"});
    juce::StringArray names;
    for (juce::AudioProcessorParameter* parameter : processor.getParameters())
        names.add(dynamic_cast<juce::AudioProcessorParameterWithID&>(*parameter).paramID);
    CHECK(names == expected);
}

TEST_CASE("A broken session is refused and changes nothing", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    Processor processor, other;
    other.parameters().input_db->setValueNotifyingHost(1.0f);
    Session session;
    session.model = std::make_shared<LoadedModel>(LoadedModel{random_model(1), juce::File("/a.ssm")});
    const juce::MemoryBlock whole = write_session(session, other);
    const auto refused = [&](const juce::MemoryBlock& bytes) {
        CHECK_THROWS_AS(read_session(bytes.getData(), bytes.getSize(), processor, "project"), BadInput);
        CHECK(processor.parameters().input_db->get() == 0.0f);
    };
    refused({});
    refused({"CTN", 3});
    refused({"some other plug-in's state", 26});
    juce::MemoryBlock newer = whole;
    newer[4] = 99;
    refused(newer);
    juce::MemoryBlock broken = whole; // a byte of the model's values becomes part of a number that is not one
    for (std::size_t i = whole.getSize() - 40; i < whole.getSize() - 20; ++i)
        broken[i] = char(0xff);
    refused(broken);
    for (std::size_t size = 0; size < whole.getSize() - 20; size += 101)
        try {
            read_session(whole.getData(), size, processor, "project");
        } catch (const BadInput&) {
        }
}

} // namespace continuo::plugin
