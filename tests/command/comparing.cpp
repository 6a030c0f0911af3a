// continuo evaluate and check on pairs whose truth is known.
#include "models/audio/audio_file.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include <filesystem>

using namespace continuo;
using continuo::tests::Outcome;
using continuo::tests::Workplace;

namespace {

// Writes `wet.wav`: what the model makes of dry.wav, `delay` samples late.
void play_late(const Workplace& place, std::size_t delay) {
    REQUIRE(place.run("render -m model.ssm dry.wav -o model.wav -y --quality eco").status == 0);
    Audio audio = read_audio(place.path("model.wav"));
    audio.channels[0].insert(audio.channels[0].begin(), delay, audio.channels[0].front());
    audio.channels[0].resize(audio.channels[0].size() - delay);
    write_audio(place.path("wet.wav"), audio, SampleFormat::wav32f, true);
}

} // namespace

TEST_CASE("A model is no error away from its own output", "[command]") {
    const Workplace place;
    place.noise("dry.wav", 48000);
    play_late(place, 0);
    const Outcome outcome = place.run("evaluate -m model.ssm --dry dry.wav --wet wet.wav --json out.json");
    INFO(outcome.error);
    REQUIRE(outcome.status == 0);
    const auto result = place.json("out.json");
    CHECK(result["esr"] == 0.0);
    CHECK(result["esr_pre_emphasis"] == 0.0);
    CHECK(result["esr_fixed_gain"].get<double>() > 0.0);
    CHECK(result["mae"] == 0.0);
    CHECK(result["mr_stft"].get<double>() == Approx(0.0).margin(1e-9));
    CHECK(result["loudness_difference_lu"].get<double>() == Approx(0.0).margin(1e-9));
    CHECK(result["frames"] == 48000);
    CHECK(result["sample_rate"] == 48000.0);
    CHECK(result["delay_samples"] == 0);
    CHECK(outcome.output.find("ESR") != std::string::npos);
}

TEST_CASE("A constant delay of the recording is taken off, unless forbidden", "[command]") {
    const Workplace place;
    place.noise("dry.wav", 96000);
    play_late(place, 123);
    REQUIRE(place.run("evaluate -m model.ssm --dry dry.wav --wet wet.wav --json out.json").status == 0);
    const auto aligned = place.json("out.json");
    CHECK(aligned["delay_samples"] == 123);
    CHECK(aligned["esr"].get<double>() < 1e-9);
    CHECK(aligned["frames"] == 96000 - 123);
    REQUIRE(
        place.run("evaluate -m model.ssm --dry dry.wav --wet wet.wav --json out.json --no-align").status ==
        0);
    const auto unaligned = place.json("out.json");
    CHECK(unaligned["delay_samples"] == 0);
    CHECK(unaligned["esr"].get<double>() > 0.1);
    CHECK(unaligned["frames"] == 96000);
}

TEST_CASE("A report is written whole, and replaced only when asked to", "[command]") {
    const Workplace place;
    place.noise("dry.wav", 48000);
    play_late(place, 0);
    const std::string evaluate = "evaluate -m model.ssm --dry dry.wav --wet wet.wav --report page.html";
    REQUIRE(place.run(evaluate).status == 0);
    const std::string page = place.text("page.html");
    CHECK(page.find("<html") != std::string::npos);
    CHECK(page.find("</html>") != std::string::npos);
    CHECK(page.find("src=\"http") == std::string::npos);
    CHECK(place.run(evaluate).status == 2);
    CHECK(place.run(evaluate + " -y").status == 0);

    place.write("table.csv",
                "dry,wet,split,knob 0,knob 1\ndry.wav,wet.wav,test,0,0.05\ndry.wav,dry.wav,test,0,0.05\n");
    REQUIRE(place.run("evaluate -m model.ssm --captures table.csv --report table.html").status == 0);
    CHECK(place.text("table.html").find("dry.wav") != std::string::npos);
}

TEST_CASE("check accepts a delayed pair and names the delay", "[command]") {
    const Workplace place;
    REQUIRE(place.run("excite -o dry.wav --seconds 10").status == 0);
    play_late(place, 77);
    const Outcome outcome = place.run("check dry.wav wet.wav --json out.json");
    INFO(outcome.output << outcome.error);
    CHECK(outcome.status == 0);
    const auto result = place.json("out.json");
    CHECK(result["usable"] == true);
    CHECK(result["delay_samples"].get<int>() == Approx(77).margin(2));
    CHECK(!result["findings"].empty());
}
