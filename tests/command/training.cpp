// continuo train: what it writes, what it says, and that nothing is lost when it is stopped.
#include "models/audio/audio_file.h"
#include "models/format/ssm_file.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include <cmath>
#include <filesystem>
#include <random>

using namespace continuo;
using continuo::tests::Outcome;
using continuo::tests::Workplace;

namespace {

constexpr double rate = 16000.0;

// Bursts of low-passed noise at changing levels, and what a small drive with a tone filter makes of them.
void write_pair(const Workplace& place, const std::string& dry_name, const std::string& wet_name,
                double seconds, float drive = 4.0f, std::size_t delay = 0, double sample_rate = rate) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    const auto frames = std::size_t(seconds * sample_rate);
    std::vector<float> dry(frames), wet(frames);
    float smooth = 0.0f, tone = 0.0f;
    for (std::size_t i = 0; i < frames; ++i) {
        const double time = double(i) / sample_rate;
        const float level =
            std::fmod(time, 0.5) < 0.4 ? 0.1f + 0.3f * float(std::fmod(time, 1.7)) / 1.7f : 0.0f;
        smooth += 0.4f * (level * normal(random) - smooth);
        dry[i] = smooth;
        tone += 0.3f * (std::tanh(drive * dry[i]) - tone);
        if (i + delay < frames)
            wet[i + delay] = 0.6f * tone;
    }
    write_audio(place.path(dry_name), {sample_rate, {dry}}, SampleFormat::wav24, true);
    write_audio(place.path(wet_name), {sample_rate, {wet}}, SampleFormat::wav24, true);
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

bool exists(const Workplace& place, const std::string& name) {
    return std::filesystem::exists(place.path(name));
}

} // namespace

TEST_CASE("A trained model plays like the device, and says how it came about", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 4.0, 4.0f, 200);
    const Outcome train =
        place.run("train --dry dry.wav --wet wet.wav -o new.ssm --tier nano --steps 200 --seed 3 "
                  "--threads 2 --json train.json");
    INFO(train.error << train.output);
    REQUIRE(train.status == 0);
    CHECK(train.error.empty());
    CHECK(has(train.output, "fixed gain"));
    CHECK(has(train.output, "200 samples late"));
    CHECK(!exists(place, "new.ssm.checkpoint"));

    const Model model = read_model(place.path("new.ssm"));
    CHECK(model.tier == "nano");
    CHECK(model.sample_rate() == rate);
    CHECK(model.training.seed == 3);
    CHECK(model.training.steps == 200);
    REQUIRE(model.training.recordings.size() == 1);
    CHECK(model.training.recordings[0].name == "dry.wav, wet.wav");
    CHECK(!model.training.recordings[0].hash.empty());

    const auto figures = place.json("train.json");
    CHECK(figures["validation_esr"] == *model.training.validation_esr);
    CHECK(figures["validation_esr"] < figures["validation_esr_fixed_gain"]);

    REQUIRE(place.run("evaluate -m new.ssm --dry dry.wav --wet wet.wav --json out.json").status == 0);
    const auto result = place.json("out.json");
    CHECK(result["delay_samples"].get<int>() == Approx(200).margin(3));
    CHECK(result["esr"].get<double>() < 0.5 * result["esr_fixed_gain"].get<double>());
}

TEST_CASE("The same command gives the same model for any number of threads", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 3.0);
    const std::string train = "train --dry dry.wav --wet wet.wav --tier nano --steps 20 ";
    REQUIRE(place.run(train + "-o one.ssm --threads 1").status == 0);
    REQUIRE(place.run(train + "-o four.ssm --threads 4").status == 0);
    CHECK(read_model(place.path("one.ssm")).stack() == read_model(place.path("four.ssm")).stack());
    REQUIRE(place.run(train + "-o other.ssm --threads 1 --seed 9").status == 0);
    CHECK(read_model(place.path("one.ssm")).stack() != read_model(place.path("other.ssm")).stack());
}

TEST_CASE("Ctrl-C keeps a checkpoint, and --resume goes on to the same model", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 3.0);
    const std::string arguments = "train --dry dry.wav --wet wet.wav --tier nano --steps 400 --minutes 100 ";
    REQUIRE(place.run(arguments + "-o whole.ssm").status == 0);

    // Interrupted once it has said that training begins.
    const Outcome stopped = place.shell(CONTINUO_PROGRAM " " + arguments +
                                        "-o new.ssm > said.txt & child=$!; "
                                        "until grep -qs Training said.txt; do sleep 0.02; done; sleep 0.2; "
                                        "kill -INT $child; wait $child");
    INFO(stopped.error);
    REQUIRE(stopped.status == 1);
    CHECK(stopped.error_lines() == 1);
    CHECK(has(stopped.error, "--resume"));
    CHECK(exists(place, "new.ssm.checkpoint"));
    CHECK(!exists(place, "new.ssm"));

    // Without a word the kept work is not thrown away.
    const Outcome again = place.run(arguments + "-o new.ssm");
    CHECK(again.status == 2);
    CHECK(has(again.error, "--resume"));
    CHECK(exists(place, "new.ssm.checkpoint"));

    const Outcome resumed = place.run(arguments + "-o new.ssm --resume");
    INFO(resumed.error);
    REQUIRE(resumed.status == 0);
    CHECK(!exists(place, "new.ssm.checkpoint"));
    CHECK(read_model(place.path("new.ssm")).stack() == read_model(place.path("whole.ssm")).stack());
}

TEST_CASE("Resuming without a checkpoint, or from a broken one, is refused", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 3.0);
    const std::string arguments =
        "train --dry dry.wav --wet wet.wav --tier nano --steps 10 -o new.ssm --resume";
    CHECK(place.run(arguments).status == 2);
    place.write("new.ssm.checkpoint", "this is no checkpoint");
    const Outcome broken = place.run(arguments);
    CHECK(broken.status == 2);
    CHECK(broken.error_lines() == 1);
    CHECK(has(broken.error, "new.ssm.checkpoint"));
    CHECK(place.text("new.ssm.checkpoint") == "this is no checkpoint");
}

TEST_CASE("Training goes on from another model", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 3.0, 4.0f);
    write_pair(place, "dry.wav", "other.wav", 3.0, 5.0f);
    REQUIRE(place.run("train --dry dry.wav --wet wet.wav --tier nano --steps 200 -o base.ssm").status == 0);
    const auto esr_after = [&](const std::string& options) {
        const Outcome outcome = place.run(
            "train --dry dry.wav --wet other.wav --steps 10 -y -o new.ssm --json out.json " + options);
        INFO(outcome.error);
        REQUIRE(outcome.status == 0);
        return place.json("out.json")["validation_esr"].get<double>();
    };
    CHECK(esr_after("--from base.ssm") < esr_after("--tier nano"));
    CHECK(read_model(place.path("new.ssm")).tier == "nano");
    CHECK(place.run("train --dry dry.wav --wet wet.wav --steps 9 -y -o new.ssm --from base.ssm --tier high")
              .status == 2);
    CHECK(place.run("train --dry dry.wav --wet wet.wav --steps 9 -y -o new.ssm --from wet.wav").status == 2);
    CHECK(place.run("train --dry dry.wav --wet wet.wav --steps 9 -y -o new.ssm --knob gain=0.5").status == 2);
}

TEST_CASE("A table of recordings gives a model with knobs", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "soft.wav", 3.0, 1.0f);
    write_pair(place, "dry.wav", "hard.wav", 3.0, 8.0f);
    place.write("table.csv", "dry,wet,split,gain\n"
                             "dry.wav,soft.wav,,0\n"
                             "dry.wav,hard.wav,,1\n"
                             "dry.wav,hard.wav,test,1\n");
    const Outcome outcome = place.run("train --captures table.csv --tier nano --steps 200 -o new.ssm");
    INFO(outcome.error);
    REQUIRE(outcome.status == 0);
    const Model model = read_model(place.path("new.ssm"));
    REQUIRE(model.knobs.size() == 1);
    CHECK(model.knobs[0].name == "gain");
    CHECK(model.training.recordings.size() == 2);
    REQUIRE(place.run("evaluate -m new.ssm --captures table.csv --json out.json").status == 0);
    const auto rows = place.json("out.json")["rows"];
    REQUIRE(rows.size() == 3);
    REQUIRE(place.run("evaluate -m new.ssm --dry dry.wav --wet hard.wav --knob gain=1 --json right.json")
                .status == 0);
    REQUIRE(place.run("evaluate -m new.ssm --dry dry.wav --wet hard.wav --knob gain=0 --json wrong.json")
                .status == 0);
    CHECK(place.json("right.json")["esr"] == rows[2]["esr"]);
    CHECK(place.json("right.json")["esr"] < place.json("wrong.json")["esr"]);
}

TEST_CASE("A model of very many recordings names one for each setting of its knobs", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 0.5);
    std::string table = "dry,wet,split,Drive\n";
    for (int row = 0; row < 65; ++row)
        table += std::string("dry.wav,wet.wav,train,") + (row < 40 ? "0" : "1") + "\n";
    place.write("table.csv", table);
    REQUIRE(place.run("train --captures table.csv -o new.ssm --tier nano --steps 1 --no-align").status == 0);
    REQUIRE(place.run("info new.ssm --json info.json").status == 0);
    const auto recordings = place.json("info.json")["training"]["recordings"];
    REQUIRE(recordings.size() == 2);
    CHECK(recordings[0]["name"] == "dry.wav, wet.wav and 39 more");
    CHECK(recordings[1]["name"] == "dry.wav, wet.wav and 24 more");
    CHECK(recordings[0]["seconds"] == 20.0);
    CHECK(recordings[1]["seconds"] == 12.5);
    CHECK(recordings[0]["hash"] != recordings[1]["hash"]);
}

TEST_CASE("Without CUDA the processor trains the same model, and says so", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 2.0);
    const std::string train = "train --dry dry.wav --wet wet.wav --tier nano --steps 20 ";
    REQUIRE(place.run(train + "-o cpu.ssm").status == 0);
    const Outcome cuda =
        place.run(train + "-o cuda.ssm --json cuda.json --device cuda", "CONTINUO_CUDA_LIBRARY=nowhere.so");
    CHECK(cuda.status == 0);
    CHECK(cuda.error_lines() == 1);
    CHECK(has(cuda.error, "nowhere.so"));
    CHECK(has(cuda.error, "going on with cpu"));
    CHECK(has(cuda.output, "computed by cpu"));
    CHECK(place.json("cuda.json")["device"] == "cpu");
    CHECK(read_model(place.path("cuda.ssm")).stack() == read_model(place.path("cpu.ssm")).stack());
}

TEST_CASE("What this version cannot do, it says", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 3.0);
    for (const char* option :
         {"--family gain --resume", "--family gain --tier high", "--family gain --from model.ssm",
          "--family selective --resume", "--family selective --tier high", "--family other", "--tier big",
          "--steps 0", "--minutes 0", "--threads 0"}) {
        const Outcome outcome =
            place.run(std::string("train --dry dry.wav --wet wet.wav -o new.ssm ") + option);
        INFO(option << outcome.error);
        CHECK(outcome.status == 2);
        CHECK(outcome.error_lines() == 1);
        CHECK(!exists(place, "new.ssm"));
    }
}

TEST_CASE("A model says what it is of, and one that starts from it says so too", "[command]") {
    const Workplace place;
    write_pair(place, "dry.wav", "wet.wav", 4.0);
    REQUIRE(place
                .run("train --dry dry.wav --wet wet.wav -o base.ssm --tier nano --steps 9 --name 'Bright' "
                     "--gear 'A box' --author 'Ünal' --licence 'CC BY 4.0' --input-dbu 12.5")
                .status == 0);
    const Model base = read_model(place.path("base.ssm"));
    CHECK(base.name == "Bright");
    CHECK(base.device == "A box");
    CHECK(base.author == "Ünal");
    CHECK(base.licence == "CC BY 4.0");
    CHECK(base.input_dbu == 12.5);
    CHECK(!base.output_dbu);

    REQUIRE(place
                .run("train --dry dry.wav --wet wet.wav -o tuned.ssm --from base.ssm --steps 9 "
                     "--author 'Someone else' --output-dbu 4")
                .status == 0);
    const Model tuned = read_model(place.path("tuned.ssm"));
    CHECK(tuned.name == "tuned");
    CHECK(tuned.device == "A box");
    CHECK(tuned.author == "Someone else");
    CHECK(tuned.licence == "CC BY 4.0");
    CHECK(tuned.input_dbu == 12.5);
    CHECK(tuned.output_dbu == 4.0);
}
