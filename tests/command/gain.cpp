// Models of the families gain and selective, through every command.
#include "models/audio/audio_file.h"
#include "models/format/ssm_file.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include "dsp/instruction_set.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace continuo;
using continuo::tests::Outcome;
using continuo::tests::Workplace;

namespace {

// Noise at changing levels, and half of a compressor's work on it.
void write_pair(const Workplace& place, const std::string& dry_name, const std::string& wet_name,
                float threshold) {
    constexpr double rate = 16000.0;
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    std::vector<float> dry(48000), wet(48000);
    float power = 0.0f;
    for (std::size_t i = 0; i < dry.size(); ++i) {
        dry[i] = (i / 4000 % 2 == 0 ? 0.2f : 0.03f) * normal(random);
        power += 0.005f * (dry[i] * dry[i] - power);
        wet[i] = dry[i] / std::sqrt(1.0f + std::sqrt(power) / threshold);
    }
    write_audio(place.path(dry_name), {rate, {dry}}, SampleFormat::wav32f, true);
    write_audio(place.path(wet_name), {rate, {wet}}, SampleFormat::wav32f, true);
}

} // namespace

TEST_CASE("A gain or selective model goes through every command", "[command]") {
    const std::string family = GENERATE("gain", "selective");
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 0.05f);
    const Outcome train = place.run("train --dry dry.wav --wet wet.wav --family " + family +
                                    " -o gain.ssm --steps 60 --json train.json --report train.html");
    INFO(train.error << train.output);
    REQUIRE(train.status == 0);
    CHECK(train.error.empty());
    CHECK(place.json("train.json")["family"] == family);
    CHECK(place.json("train.json")["validation_esr"] < 0.01);
    CHECK(read_model(place.path("gain.ssm")).family() == family);
    std::ifstream page(place.path("train.html"));
    const std::string text{std::istreambuf_iterator<char>(page), {}};
    CHECK(text.find(family == "gain" ? "Smoothers, falling" : "States of channel 4") != std::string::npos);

    REQUIRE(place.run("info gain.ssm --json info.json").status == 0);
    CHECK(place.json("info.json")["family"] == family);
    CHECK(place.json("info.json").contains("states") == (family == "selective"));
    CHECK(place.json("info.json")["parameters"] == read_model(place.path("gain.ssm")).parameter_count());
    REQUIRE(
        place.run("evaluate -m gain.ssm --dry dry.wav --wet wet.wav --json evaluation.json --report e.html")
            .status == 0);
    CHECK(place.json("evaluation.json")["esr"] < 0.01);
    REQUIRE(place.run("bench gain.ssm --block 64 --isa all --json bench.json").status == 0);
    const auto sets = dsp::available_instruction_sets();
    const auto rows = place.json("bench.json")["rows"];
    REQUIRE(rows.size() == sets.size());
    for (std::size_t i = 0; i < sets.size(); ++i)
        CHECK(rows[i]["isa"] == std::string(dsp::name(sets[i])));

    for (const char* options : {"--block 7 --jobs 1", "--block 4096 --jobs 1", "--jobs 3"})
        REQUIRE(place
                    .run(std::string("render -m gain.ssm dry.wav -y -o ") + (options[8] == '7' ? "a" : "b") +
                         ".wav " + options)
                    .status == 0);
    CHECK(read_audio(place.path("a.wav")).channels == read_audio(place.path("b.wav")).channels);

    const Outcome again =
        place.run("train --dry dry.wav --wet wet.wav --from gain.ssm -o more.ssm --steps 2 --device cuda "
                  "--family " +
                  family);
    CHECK(again.status == 0);
    CHECK(again.error_lines() == 1); // that there is no GPU for it

    const Outcome other =
        place.run("train --dry dry.wav --wet wet.wav --from gain.ssm -o other.ssm --steps 2 "
                  "--family " +
                  std::string(family == "gain" ? "selective" : "gain"));
    CHECK(other.status == 2);
    CHECK(other.error.find("--family " + family) != std::string::npos);
}

TEST_CASE("A gain or selective model learns the knobs of a table", "[command]") {
    const std::string family = GENERATE("gain", "selective");
    const Workplace place;
    write_pair(place, "dry.wav", "low.wav", 0.02f);
    write_pair(place, "dry.wav", "high.wav", 0.2f);
    place.write("table.csv", "dry,wet,split,threshold\ndry.wav,low.wav,,0\ndry.wav,high.wav,,1\n");
    REQUIRE(place.run("train --captures table.csv -o gain.ssm --steps 60 --family " + family).status == 0);
    const auto esr = [&](const std::string& wet, const std::string& threshold) {
        REQUIRE(place
                    .run("evaluate -m gain.ssm --dry dry.wav --json e.json -y --wet " + wet +
                         " --knob threshold=" + threshold)
                    .status == 0);
        return place.json("e.json")["esr"].get<double>();
    };
    for (const std::string end : {"0", "1"}) {
        const std::string own = end == "0" ? "low.wav" : "high.wav",
                          other = end == "0" ? "high.wav" : "low.wav";
        INFO("threshold " << end << ": " << esr(own, end) << ", of the other end " << esr(other, end));
        CHECK(esr(own, end) < 0.05);
        CHECK(esr(other, end) > 5.0 * esr(own, end)); // so it is the knob that does it
    }
}

TEST_CASE("A race chooses the family, and says how it ended", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "compressed.wav", 0.005f);
    const Audio dry = read_audio(place.path("dry.wav"));
    std::vector<float> bent = dry.channels[0];
    for (float& sample : bent)
        sample = 0.5f * std::tanh(8.0f * sample + 0.3f);
    write_audio(place.path("bent.wav"), {dry.sample_rate, {bent}}, SampleFormat::wav32f, true);
    for (const std::string device : {"compressed", "bent"}) {
        const Outcome train = place.run("train --dry dry.wav --family auto --tier nano --steps 40 --wet " +
                                        device + ".wav -o " + device + ".ssm --json " + device + ".json");
        INFO(train.error << train.output);
        REQUIRE(train.status == 0);
        const auto result = place.json(device + ".json");
        const std::string chosen = result["family"];
        CHECK((chosen == "stack") == (device == "bent"));
        CHECK(result["race"].size() == 3);
        for (const std::string family : {"stack", "gain", "selective"})
            CHECK(result["race"][chosen] <= result["race"][family]);
        // what multiplies is learned by what multiplies, and what bends by what bends
        for (const char* family : {"gain", "selective"})
            CHECK((result["race"][family] < result["race"]["stack"]) == (device == "compressed"));
        CHECK(train.output.find("The family " + chosen) != std::string::npos);
        CHECK(read_model(place.path(device + ".ssm")).family() == chosen);
    }
    // What training starts from, decides.
    REQUIRE(place
                .run("train --dry dry.wav --wet bent.wav --family auto --from compressed.ssm -o further.ssm "
                     "--steps 2")
                .status == 0);
    CHECK(read_model(place.path("further.ssm")).family() ==
          std::string(read_model(place.path("compressed.ssm")).family()));

    place.write("table.csv", "dry,wet,split\ndry.wav,bent.wav,train\n");
    const Outcome nothing_held_out =
        place.run("train --captures table.csv --family auto -o none.ssm --steps 2");
    CHECK(nothing_held_out.status == 2);
    CHECK(nothing_held_out.error_lines() == 1);
    CHECK_FALSE(std::filesystem::exists(place.path("none.ssm")));
}
