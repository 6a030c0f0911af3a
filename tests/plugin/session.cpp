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
