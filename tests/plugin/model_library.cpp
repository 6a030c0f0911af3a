#include "plugin/model_library.h"

#include "models/format/ssm_file.h"

#include "tests/catch.h"
#include "tests/plugin/sounds.h"

namespace continuo::plugin {

TEST_CASE("Recent models: the newest first, each once, no more than twelve, none that is gone", "[plugin]") {
    const TemporaryFolder folder;
    const RecentModels recent(folder.file("settings/recent.txt"));
    CHECK(recent.files().isEmpty());
    juce::Array<juce::File> files;
    for (int i = 0; i < 15; ++i) {
        files.add(folder.file("model " + juce::String(i) + ".ssm"));
        files.getLast().replaceWithText("x");
        recent.add(files.getLast());
    }
    CHECK(recent.files().size() == RecentModels::most);
    CHECK(recent.files()[0] == files[14]);
    recent.add(files[10]);
    files[14].deleteFile();
    const juce::Array<juce::File> now = RecentModels(folder.file("settings/recent.txt")).files();
    CHECK(now.size() == RecentModels::most - 1);
    CHECK(now[0] == files[10]);
    CHECK(now[1] == files[13]);
    CHECK(!now.contains(files[14]));
}

TEST_CASE("A list of recent models that is no list is as good as empty", "[plugin]") {
    const TemporaryFolder folder;
    const juce::File list = folder.file("recent.txt");
    list.replaceWithText(juce::String("\n\nrelative.ssm\n/\n") + juce::String::repeatedString("x", 100000));
    CHECK(RecentModels(list).files().isEmpty());
}

TEST_CASE("A folder's models are listed by name", "[plugin]") {
    const TemporaryFolder folder;
    for (const char* name : {"b.ssm", "a.ssm", "c.wav"})
        folder.file(name).replaceWithText("x");
    const juce::Array<juce::File> files = models_in(folder.file("b.ssm").getParentDirectory());
    REQUIRE(files.size() == 2);
    CHECK(files[0].getFileName() == "a.ssm");
    CHECK(models_in(folder.file("missing")).isEmpty());
    CHECK(models_in(juce::File()).isEmpty());
}

} // namespace continuo::plugin
