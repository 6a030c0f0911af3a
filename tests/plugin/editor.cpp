#include "plugin/editor/editor.h"

#include "models/format/ssm_file.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

#include <functional>

namespace continuo::plugin {

namespace {

// Every text that a label shows.
juce::StringArray texts(const juce::Component& component) {
    juce::StringArray all;
    for (const juce::Component* child : component.getChildren()) {
        if (!child->isVisible())
            continue;
        if (const auto* label = dynamic_cast<const juce::Label*>(child))
            all.add(label->getText());
        all.addArray(texts(*child));
    }
    return all;
}

juce::Image picture(juce::Component& component, const juce::String& name) {
    const juce::Image image = component.createComponentSnapshot(component.getLocalBounds(), true, 2.0f);
    const juce::File folder(CONTINUO_PICTURES);
    folder.createDirectory();
    const juce::File file = folder.getChildFile(name + ".png");
    file.deleteFile();
    juce::FileOutputStream stream(file);
    juce::PNGImageFormat().writeImageToStream(image, stream);
    return image;
}

void wait() {
    juce::MessageManager::getInstance()->runDispatchLoopUntil(120);
}

// Names of what can be operated but has none, or is cut off by its parent.
juce::StringArray unreachable(const juce::Component& component) {
    juce::StringArray all;
    for (const juce::Component* child : component.getChildren()) {
        if (!child->isVisible())
            continue;
        const bool operated = dynamic_cast<const juce::Button*>(child) != nullptr ||
                              dynamic_cast<const juce::Slider*>(child) != nullptr ||
                              dynamic_cast<const juce::ComboBox*>(child) != nullptr;
        if (operated && (child->getTitle().isEmpty() && child->getName().isEmpty()))
            all.add("something without a name");
        if (operated && !component.getLocalBounds().contains(child->getBounds()))
            all.add(child->getTitle() + " is cut off");
        if (operated && (child->getWidth() < 16 || child->getHeight() < 16))
            all.add(child->getTitle() + " is too small");
        if (dynamic_cast<const juce::Slider*>(child) == nullptr)
            all.addArray(unreachable(*child));
    }
    return all;
}

} // namespace

TEST_CASE("The editor shows the model, its knobs, and why a file was refused", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    const juce::File model = folder.file("amplifier.ssm"), bad = folder.file("holiday.jpg");
    Model described = random_model(1, {"Drive", "Presence"});
    described.name = "Crunch";
    described.device = "My amplifier";
    described.training.validation_esr = 0.0021;
    write_model(described, model.getFullPathName().toStdString());
    bad.replaceWithText("no model");
    Processor processor;
    processor.setRateAndBufferSizeDetails(48000.0, 64);
    processor.prepareToPlay(48000.0, 64);
    const RecentModels recent(folder.file("recent.txt"));
    Editor editor(processor, recent);
    CHECK(texts(editor).contains("No model"));
    picture(editor, "empty");

    editor.filesDropped({model.getFullPathName()}, 10, 10);
    wait();
    const juce::StringArray loaded = texts(editor);
    for (const char* text : {"Crunch", "Drive", "Presence"})
        CHECK(loaded.contains(text));
    CHECK(loaded.joinIntoString(" ").contains("My amplifier"));
    CHECK(loaded.joinIntoString(" ").contains("latency 0.06 ms (3 samples)"));
    picture(editor, "model");

    editor.filesDropped({bad.getFullPathName()}, 10, 10);
    wait();
    const juce::StringArray refused = texts(editor);
    CHECK(refused.joinIntoString(" ").contains("holiday.jpg: "));
    CHECK(refused.contains("Crunch"));
    picture(editor, "error");
    CHECK(recent.files() == juce::Array<juce::File>{model}); // what was refused is not offered again
}

TEST_CASE("The menu offers the models that were opened, under their names, and opens them", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    const RecentModels recent(folder.file("recent.txt"));
    for (int i = 0; i < 2; ++i) {
        const juce::File file = folder.file("file " + juce::String(i) + ".ssm");
        write_model(random_model(std::uint64_t(i)), file.getFullPathName().toStdString());
        recent.add(file);
    }
    Processor processor;
    ModelBar bar(processor, recent);
    juce::PopupMenu menu = bar.menu();
    juce::PopupMenu::MenuItemIterator items(menu);
    juce::StringArray names;
    while (items.next()) {
        names.add(items.getItem().text);
        if (items.getItem().text == "Model 0")
            items.getItem().action();
    }
    CHECK(names.contains("Recent models"));
    CHECK(names.indexOf("Model 1") < names.indexOf("Model 0"));
    REQUIRE(processor.model());
    CHECK(processor.model()->model.name == "Model 0");
    CHECK(recent.files()[0].getFileName() == "file 0.ssm");
}

TEST_CASE("The menu of presets lists what was saved and opens it", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    Processor processor;
    *processor.parameters().input_db = 6.0f;
    REQUIRE(processor.save_preset(folder.file("loud.continuo")));
    *processor.parameters().input_db = 0.0f;
    SessionBar bar(processor, folder.file("loud.continuo").getParentDirectory());
    juce::PopupMenu menu = bar.preset_menu();
    juce::PopupMenu::MenuItemIterator items(menu);
    while (items.next())
        if (items.getItem().text == "loud")
            items.getItem().action();
    CHECK(processor.parameters().input_db->get() == 6.0f);
}

TEST_CASE("Every control of the editor has a name and lies within the window at any size", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    const TemporaryFolder folder;
    std::vector<std::string> knobs;
    for (int i = 1; i <= 16; ++i)
        knobs.push_back("Control number " + std::to_string(i));
    write_model(random_model(1, knobs), folder.file("a.ssm").getFullPathName().toStdString());
    Processor processor;
    REQUIRE(processor.load_model(folder.file("a.ssm")));
    Editor editor(processor);
    for (const auto& [width, height, name] :
         {std::tuple{640, 400, "small"}, {820, 470, "many_knobs"}, {1640, 940, "large"}}) {
        editor.setSize(width, height);
        INFO(name << ": " << unreachable(editor).joinIntoString(", "));
        CHECK(unreachable(editor).isEmpty());
        picture(editor, name);
    }
    *processor.parameters().levels = int(Levels::calibrated);
    wait();
    editor.setSize(640, 400);
    CHECK(texts(editor).contains("Full scale"));
    CHECK(unreachable(editor).isEmpty());
    picture(editor, "calibrated");
}

TEST_CASE("The window is as large as it was left, in a project too", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    Processor processor, other;
    Editor(processor).setSize(1000, 600);
    CHECK(Editor(processor).getBounds() == juce::Rectangle<int>(1000, 600));
    juce::MemoryBlock state;
    processor.getStateInformation(state);
    other.setStateInformation(state.getData(), int(state.getSize()));
    CHECK(Editor(other).getBounds() == juce::Rectangle<int>(1000, 600));
}

TEST_CASE("The meters show what is played, and keep the lamp lit after full scale", "[plugin]") {
    const juce::ScopedJuceInitialiser_GUI juce;
    Processor processor;
    processor.prepareToPlay(48000.0, 512);
    Editor editor(processor);
    const juce::Image before = picture(editor, "quiet");
    Planar loud = sines(2, 512, 48000.0);
    for (auto& channel : loud)
        for (float& sample : channel)
            sample *= 8.0f;
    float* pointers[] = {loud[0].data(), loud[1].data()};
    juce::AudioBuffer<float> buffer(pointers, 2, 512);
    juce::MidiBuffer midi;
    processor.processBlock(buffer, midi);
    wait();
    const juce::Image after = picture(editor, "clipping");
    const auto reddest = [](const juce::Image& image) {
        int count = 0;
        for (int y = 0; y < image.getHeight(); ++y)
            for (int x = 0; x < image.getWidth(); ++x)
                count += image.getPixelAt(x, y) == colours::bad;
        return count;
    };
    CHECK(reddest(before) == 0);
    CHECK(reddest(after) > 100);
}

} // namespace continuo::plugin
