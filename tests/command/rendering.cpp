// continuo render: as many frames as went in, the same bits however the work is cut, and the formats as
// asked.
#include "models/audio/audio_file.h"
#include "models/format/ssm_file.h"
#include "models/render/render.h"
#include "models/render/resample.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include <filesystem>
#include <set>
#include <string>

using namespace continuo;
using continuo::tests::Outcome;
using continuo::tests::Workplace;

TEST_CASE("A file is what the library renders", "[command]") {
    const Workplace place;
    const auto input = place.noise("in.wav", 20000, 2, 44100.0);
    REQUIRE(
        place.run("render -m model.ssm in.wav -o out.wav --knob 'knob 0=0.25' --knob 'knob 1=1'").status ==
        0);
    Audio expected{44100.0, input};
    render_audio(
        read_model(place.path("model.ssm")), expected,
        {{0.25f, 1.0f}, 64, {}, 1, dsp::Quality::normal}); // what it does unless it is told otherwise
    const Audio result = read_audio(place.path("out.wav"));
    CHECK(result.sample_rate == 44100.0);
    CHECK(result.channels == expected.channels);
}

TEST_CASE("Knobs that are not named stand at their defaults", "[command]") {
    const Workplace place;
    place.noise("in.wav", 2000);
    REQUIRE(place.run("render -m model.ssm in.wav -o plain.wav").status == 0);
    REQUIRE(
        place.run("render -m model.ssm in.wav -o named.wav --knob 'knob 0=0' --knob 'knob 1=0.05'").status ==
        0);
    CHECK(place.text("plain.wav") == place.text("named.wav"));
}

TEST_CASE("Block, jobs and shards change no bit", "[command]") {
    const Workplace place;
    std::string inputs;
    for (int file = 0; file < 5; ++file) {
        const std::string name = "in" + std::to_string(file) + ".wav";
        place.noise(name, 3000 + 777 * std::size_t(file), 1 + std::size_t(file) % 2, 48000.0, unsigned(file));
        inputs += name + " ";
    }
    const auto render = [&](const std::string& folder, const std::string& options) {
        std::filesystem::create_directories(place.path(folder));
        REQUIRE(place.run("render -m model.ssm " + inputs + "-o " + folder + " " + options).status == 0);
    };
    render("base", "--jobs 1");
    render("block1", "--block 1 --jobs 2");
    render("block7", "--block 7 --jobs 4");
    render("block64", "--block 64");
    render("block511", "--block 511 --jobs 16");
    render("shards", "--shard 1/3");
    CHECK(std::filesystem::exists(place.path("shards/in3.wav")));
    CHECK(!std::filesystem::exists(place.path("shards/in1.wav")));
    render("shards", "--shard 2/3");
    render("shards", "--shard 3/3");
    for (int file = 0; file < 5; ++file)
        for (const char* folder : {"block1", "block7", "block64", "block511", "shards"}) {
            const std::string name = "/in" + std::to_string(file) + ".wav";
            INFO(folder << name);
            CHECK(place.text(folder + name) == place.text("base" + name));
        }
}

TEST_CASE("Threads that share one file change no bit", "[command]") {
    const Workplace place;
    for (const std::size_t channels : {1, 2}) {
        const auto input = place.noise("in.wav", 100001, channels);
        Audio expected{48000.0, input};
        render_audio(read_model(place.path("model.ssm")), expected,
                     {{0.25f, 1.0f}, 64, {}, 1, dsp::Quality::normal});
        for (const char* jobs : {"1", "2", "3", "8", "64"}) {
            INFO(channels << " channels, " << jobs << " jobs");
            REQUIRE(place
                        .run(std::string("render -m model.ssm in.wav -o out.wav -y --knob 'knob 0=0.25' "
                                         "--knob 'knob 1=1' --jobs ") +
                             jobs)
                        .status == 0);
            CHECK(read_audio(place.path("out.wav")).channels == expected.channels);
        }
    }
}

TEST_CASE("Formats, names and standard output", "[command]") {
    const Workplace place;
    place.noise("in.wav", 4000);
    REQUIRE(place.run("render -m model.ssm in.wav -o base.wav").status == 0);
    const Audio base = read_audio(place.path("base.wav"));
    const auto differs_by = [&](const std::string& name) {
        const Audio audio = read_audio(place.path(name));
        REQUIRE(audio.frames() == 4000);
        float most = 0.0f;
        for (std::size_t i = 0; i < 4000; ++i)
            most = std::max(most, std::abs(audio.channels[0][i] - base.channels[0][i]));
        return most;
    };
    REQUIRE(place.run("render -m model.ssm in.wav -o out.flac").status == 0);
    REQUIRE(place.run("render -m model.ssm in.wav -o out16.wav --format wav16").status == 0);
    REQUIRE(place.run("render -m model.ssm in.wav -o out24.wav --format wav24").status == 0);
    CHECK(differs_by("out.flac") < 1e-6f);
    CHECK(differs_by("out24.wav") < 1e-6f);
    CHECK(differs_by("out16.wav") < 4e-5f);
    CHECK(differs_by("out16.wav") > 1e-6f);

    const Outcome standard = place.run("render -m model.ssm in.wav -o -");
    CHECK(standard.status == 0);
    CHECK(standard.output == place.text("base.wav"));

    std::filesystem::create_directory(place.path("folder"));
    REQUIRE(place.run("render -m model.ssm in.wav -o folder --format flac24").status == 0);
    CHECK(place.text("folder/in.flac") == place.text("out.flac"));
}

TEST_CASE("Every quality writes as many frames as it reads, and differs from the others", "[command]") {
    const Workplace place;
    place.noise("in.wav", 4000, 2);
    std::set<std::string> different;
    for (const std::string quality : {"eco", "normal", "high", "offline"}) {
        REQUIRE(place.run("render -m model.ssm in.wav -o " + quality + ".wav --quality " + quality).status ==
                0);
        CHECK(read_audio(place.path(quality + ".wav")).frames() == 4000);
        different.insert(place.text(quality + ".wav"));
    }
    CHECK(different.size() == 4);
}

TEST_CASE("With --resample files come to the model's rate and go back to theirs", "[command]") {
    const Workplace place;
    const auto input = place.noise("in.wav", 4001, 2, 96000.0);
    place.noise("own.wav", 3000);
    std::filesystem::create_directories(place.path("out"));
    std::filesystem::create_directories(place.path("plain"));
    const Outcome outcome = place.run("render -m model.ssm in.wav own.wav -o out --resample");
    REQUIRE(outcome.status == 0);
    CHECK(outcome.output.find("96000 Hz, resampled to 48000 Hz and back\n") != std::string::npos);
    CHECK(outcome.output.find("48000 Hz\n") != std::string::npos);
    REQUIRE(place.run("render -m model.ssm in.wav own.wav -o plain").status == 0);
    CHECK(place.text("out/own.wav") == place.text("plain/own.wav"));
    const Audio result = read_audio(place.path("out/in.wav"));
    CHECK(result.sample_rate == 96000.0);
    Audio expected{96000.0, input};
    const Model model = read_model(place.path("model.ssm"));
    at_rate(expected, model.sample_rate(), [&](Audio& brought) {
        render_audio(model, brought, {{0.0f, 0.05f}, 64, {}, 1, dsp::Quality::normal});
    });
    CHECK(result.channels == expected.channels);
    CHECK(result.channels != read_audio(place.path("plain/in.wav")).channels);

    REQUIRE(
        place.run("render -m model.ssm in.wav -o json.wav --resample --rate 96000 --json out.json").status ==
        0);
    CHECK(place.text("json.wav") == place.text("out/in.wav"));
    CHECK(place.json("out.json")["files"][0]["sample_rate"] == 96000.0);
    CHECK(place.json("out.json")["files"][0]["model_rate"] == 48000.0);
}

TEST_CASE("What render says for machines", "[command]") {
    const Workplace place;
    place.noise("in.wav", 4000, 2, 96000.0);
    const Outcome outcome = place.run("render -m model.ssm in.wav -o out.wav --rate 96000 --json -");
    REQUIRE(outcome.status == 0);
    const auto result = nlohmann::json::parse(outcome.output);
    CHECK(result["files"][0]["frames"] == 4000);
    CHECK(result["files"][0]["channels"] == 2);
    CHECK(result["files"][0]["sample_rate"] == 96000.0);
    CHECK(result["files"][0]["output"] == "out.wav");
    CHECK(result["device"] == "cpu");
    CHECK(result["quality"] == "normal");
}

TEST_CASE("Without CUDA the processor does it, and says so where CUDA was asked for", "[command]") {
    const Workplace place;
    place.noise("in.wav", 400);
    const std::string without = "CONTINUO_CUDA_LIBRARY=nowhere.so";
    REQUIRE(place.run("render -m model.ssm in.wav -o cpu.wav").status == 0);
    const Outcome cuda =
        place.run("render -m model.ssm in.wav -o cuda.wav --json cuda.json --device cuda", without);
    CHECK(cuda.status == 0);
    CHECK(cuda.error_lines() == 1);
    CHECK(cuda.error.find("--device cuda") != std::string::npos);
    CHECK(cuda.error.find("nowhere.so") != std::string::npos);
    CHECK(cuda.error.find("cpu") != std::string::npos);
    CHECK(place.json("cuda.json")["device"] == "cpu");
    CHECK(place.text("cuda.wav") == place.text("cpu.wav"));
    const Outcome either = place.run("render -m model.ssm in.wav -o auto.wav --device auto", without);
    CHECK(either.status == 0);
    CHECK(either.error.empty());
    CHECK(either.output.find("rendered on cpu") != std::string::npos);
    CHECK(place.text("auto.wav") == place.text("cpu.wav"));
}
