// continuo info, bench and excite.
#include "models/audio/audio_file.h"
#include "tests/catch.h"
#include "tests/command/program.h"
#include "tests/format/example_model.h"

#include "dsp/instruction_set.h"
#include "dsp/stack_parameters.h"

using namespace continuo;
using continuo::tests::example_model;
using continuo::tests::Outcome;
using continuo::tests::Workplace;

TEST_CASE("info says what the file holds", "[command]") {
    const Workplace place;
    const Model model = example_model(2);
    REQUIRE(place.run("info model.ssm --json out.json").status == 0);
    const auto result = place.json("out.json");
    CHECK(result["family"] == "stack");
    CHECK(result["tier"] == "custom");
    CHECK(result["sample_rate"] == 48000.0);
    CHECK(result["parameters"] == model.parameter_count());
    CHECK(result["knobs"] ==
          nlohmann::json::parse(
              R"([{"name": "knob 0", "default": 0.0}, {"name": "knob 1", "default": 0.05}])"));
    const auto& training = result["training"];
    CHECK(training["recordings"][0]["name"] == "dry.wav, wet.wav");
    CHECK(training["recordings"][0]["hash"] == "0123456789abcdef");
    CHECK(training["recordings"][0]["seconds"] == 25.5);
    CHECK(training["validation_esr"] == *model.training.validation_esr);
    CHECK(training["seed"] == model.training.seed);
    CHECK(training["program_version"] == "0.1.0");

    const Outcome text = place.run("info model.ssm");
    CHECK(text.error.empty());
    for (const char* part : {"Grüner", "2 layers", "48000 Hz", "knob 1", "oscillate", "time constants", "Hz"})
        CHECK(text.output.find(part) != std::string::npos);
}

TEST_CASE("JSON on standard output stands alone", "[command]") {
    const Workplace place;
    const Outcome outcome = place.run("info model.ssm --json -");
    CHECK(nlohmann::json::parse(outcome.output)["family"] == "stack");
}

TEST_CASE("bench has a row for each tier, instruction set and block", "[command]") {
    const Workplace place;
    REQUIRE(place.run("bench --tier nano --block 1,64 --isa all --rate 44100 --json out.json").status == 0);
    const auto sets = dsp::available_instruction_sets();
    const auto rows = place.json("out.json")["rows"];
    REQUIRE(rows.size() == 2 * sets.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(rows[i]["tier"] == "nano");
        CHECK(rows[i]["isa"] == std::string(dsp::name(sets[i / 2])));
        CHECK(rows[i]["block"] == (i % 2 == 0 ? 1 : 64));
        CHECK(rows[i]["rate"] == 44100.0);
        CHECK(rows[i]["parameters"] == 577);
        CHECK(rows[i]["ns_per_sample"].get<double>() > 0.0);
        CHECK(rows[i]["ns_per_sample_minimum"] <= rows[i]["ns_per_sample"]);
        const double factor = 1e9 / (rows[i]["ns_per_sample"].get<double>() * 44100.0);
        CHECK(rows[i]["real_time_factor"].get<double>() == Approx(factor));
    }
    CHECK(place.run("bench model.ssm --block 64").status == 0);
}

TEST_CASE("excite writes the length and rate asked for, the same every time", "[command]") {
    const Workplace place;
    REQUIRE(place.run("excite -o a.wav --seconds 12 --rate 44100").status == 0);
    REQUIRE(place.run("excite -o b.wav --seconds 12 --rate 44100").status == 0);
    CHECK(place.text("a.wav") == place.text("b.wav"));
    const Audio audio = read_audio(place.path("a.wav"));
    CHECK(audio.frames() == 12 * 44100);
    CHECK(audio.sample_rate == 44100.0);
    CHECK(audio.channels.size() == 1);
}

TEST_CASE("Help and version are no errors", "[command]") {
    const Workplace place;
    CHECK(place.run("--version").output.starts_with("continuo "));
    for (const char* command : {"", "train", "render", "evaluate", "check", "excite", "info", "bench"}) {
        const Outcome outcome = place.run(std::string(command) + " --help");
        CHECK(outcome.status == 0);
        CHECK(outcome.error.empty());
        CHECK(outcome.output.find("--help") != std::string::npos);
    }
}
