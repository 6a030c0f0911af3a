// Whatever is wrong, the user reads exactly one line, the exit status says whose fault it is, and no output
// is left.
#include "models/audio/audio_file.h"
#include "models/format/ssm_file.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include <sndfile.h>

#include <filesystem>
#include <limits>

using continuo::tests::Outcome;
using continuo::tests::Workplace;

namespace {

// Runs and checks that nothing but the one line came of it. Returns that line.
std::string refused(const Workplace& place, const std::string& arguments, int status = 2,
                    const std::string& before = "") {
    INFO("continuo " << arguments);
    const auto files = place.files();
    const Outcome outcome = place.run(arguments, before);
    INFO(outcome.error);
    CHECK(outcome.status == status);
    CHECK(outcome.error_lines() == 1);
    CHECK(outcome.error.starts_with("continuo: "));
    CHECK(outcome.error.find("; ") != std::string::npos);
    CHECK(place.files() == files);
    return outcome.error;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Writes `frames` of a ramp in a format that only libsndfile itself offers.
void write_special(const std::string& path, int format, int rate, int channels, sf_count_t frames) {
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = channels;
    info.format = format;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    REQUIRE(file != nullptr);
    std::vector<double> samples(std::size_t(frames * channels));
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = 0.5 * double(i % 100) / 100.0;
    REQUIRE(sf_writef_double(file, samples.data(), frames) == frames);
    sf_close(file);
}

} // namespace

TEST_CASE("Wrong usage", "[command]") {
    const Workplace place;
    place.noise("in.wav", 100);
    for (const char* arguments : {"",
                                  "fly",
                                  "--fly",
                                  "render",
                                  "render -m model.ssm",
                                  "render -m model.ssm in.wav",
                                  "info",
                                  "info a b",
                                  "info --fly model.ssm",
                                  "bench --tier huge",
                                  "bench --block 0",
                                  "bench --block x",
                                  "bench --isa z80",
                                  "bench model.ssm --tier nano",
                                  "excite",
                                  "excite -o x.wav --seconds 1",
                                  "excite -o x.wav --rate 100",
                                  "excite -o x.mp3",
                                  "check in.wav",
                                  "evaluate -m model.ssm",
                                  "evaluate -m model.ssm --dry in.wav",
                                  "evaluate --dry in.wav --wet in.wav",
                                  "evaluate -m model.ssm --dry in.wav --wet in.wav --captures in.csv"})
        refused(place, arguments);
    const std::string render = "render -m model.ssm in.wav -o out.wav ";
    for (const char* option : {"--quality best",      "--format mp3",
                               "--format flac24",     "--block 0",
                               "--block -1",          "--jobs 0",
                               "--jobs many",         "--shard 0/2",
                               "--shard 3/2",         "--shard 1",
                               "--shard 1/2x",        "--shard /",
                               "--rate 44100",        "--rate ten",
                               "--device gpu",        "--knob",
                               "--knob gain",         "--knob =1",
                               "'--knob=knob 0=2'",   "'--knob=knob 0='",
                               "'--knob=knob 0=nan'", "'--knob=knob 0=0.5' '--knob=knob 0=0.6'",
                               "--knob volume=0.5"})
        refused(place, render + option);
    CHECK(has(refused(place, render + "--knob volume=0.5"), "its knobs are knob 0, knob 1"));
    CHECK(has(refused(place, render + "--rate 44100"), "sox"));
}

TEST_CASE("Rates that --resample cannot convert", "[command]") {
    const Workplace place;
    place.noise("slow.wav", 100, 1, 1500.0);
    continuo::Model model = continuo::read_model(place.path("model.ssm"));
    std::get<continuo::dsp::StackParameters>(model.network).sample_rate = 500000.0;
    continuo::write_model(model, place.path("fast.ssm"));
    const std::string line = refused(place, "render -m fast.ssm slow.wav -o out.wav --resample");
    CHECK(has(line, "slow.wav"));
    CHECK(has(line, "1500 Hz"));
    CHECK(has(line, "500000 Hz"));
    CHECK(place.run("render -m fast.ssm slow.wav -o out.wav --quality eco").status == 0);
}

TEST_CASE("Models that are missing or broken", "[command]") {
    const Workplace place;
    place.noise("in.wav", 100);
    place.write("text.ssm", "not a model, only a text that is long enough to hold a length");
    place.write("empty.ssm", "");
    const std::string whole = place.text("model.ssm");
    place.write("cut.ssm", whole.substr(0, whole.size() / 2));
    std::string major = whole;
    major.replace(major.find("continuo/1"), 10, "continuo/2");
    place.write("newer.ssm", major);
    std::filesystem::create_directory(place.path("folder.ssm"));
    for (const char* model :
         {"none.ssm", "text.ssm", "empty.ssm", "cut.ssm", "newer.ssm", "folder.ssm", "in.wav"}) {
        CHECK(has(refused(place, std::string("info ") + model), model));
        CHECK(has(refused(place, std::string("render -o out.wav in.wav -m ") + model), model));
        CHECK(has(refused(place, std::string("evaluate --dry in.wav --wet in.wav -m ") + model), model));
        CHECK(has(refused(place, std::string("bench ") + model), model));
    }
    CHECK(has(refused(place, "info newer.ssm"), "continuo/2"));
}

TEST_CASE("Audio that is missing or broken", "[command]") {
    const Workplace place;
    place.noise("good.wav", 5000);
    const std::string whole = place.text("good.wav");
    place.write("text.wav", "this is no audio");
    place.write("empty.wav", "");
    place.write("cut.wav", whole.substr(0, whole.size() / 2));
    place.write("header.wav", whole.substr(0, 20));
    write_special(place.path("no_frames.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, 1, 0);
    std::string not_a_number = whole;
    const float value = std::numeric_limits<float>::quiet_NaN();
    not_a_number.replace(not_a_number.size() - 400, 4, reinterpret_cast<const char*>(&value), 4);
    place.write("nan.wav", not_a_number);
    std::filesystem::create_directory(place.path("folder.wav"));
    for (const std::string file : {"none.wav", "text.wav", "empty.wav", "cut.wav", "header.wav",
                                   "no_frames.wav", "nan.wav", "folder.wav"}) {
        CHECK(has(refused(place, "render -m model.ssm -o out.wav " + file), file));
        CHECK(has(refused(place, "evaluate -m model.ssm --dry good.wav --wet " + file), file));
        CHECK(has(refused(place, "evaluate -m model.ssm --wet good.wav --dry " + file), file));
        CHECK(has(refused(place, "check good.wav " + file), file));
        CHECK(has(refused(place, "check " + file + " good.wav"), file));
        CHECK(has(refused(place, "train -o new.ssm --dry good.wav --wet " + file), file));
    }
}

TEST_CASE("Unusual audio plays all the same", "[command]") {
    const Workplace place;
    const struct {
        const char* name;
        int format, rate, channels;
    } files[] = {{"eight_bit.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 48000, 1},
                 {"double.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 48000, 1},
                 {"seven.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 7},
                 {"slow.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 8000, 2},
                 {"fast.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 384000, 1},
                 {"two.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 44100, 2},
                 {"three.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 3},
                 {"four.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 1}};
    for (const auto& file : files) {
        INFO(file.name);
        write_special(place.path(file.name), file.format, file.rate, file.channels, 3001);
        const Outcome outcome = place.run(std::string("render -m model.ssm -y -o out.wav ") + file.name);
        CHECK(outcome.status == 0);
        CHECK(outcome.error.empty());
        const continuo::Audio result = continuo::read_audio(place.path("out.wav"));
        CHECK(result.frames() == 3001);
        CHECK(result.channels.size() == std::size_t(file.channels));
        CHECK(result.sample_rate == file.rate);
    }
    CHECK(has(refused(place, "evaluate -m model.ssm --dry seven.wav --wet seven.wav"), "seven.wav"));
    CHECK(has(refused(place, "train -o new.ssm --dry slow.wav --wet slow.wav"), "slow.wav"));
}

TEST_CASE("Pairs that do not belong together", "[command]") {
    const Workplace place;
    place.noise("a.wav", 48000, 1, 48000.0, 1);
    place.noise("b.wav", 48000, 1, 48000.0, 2);
    place.noise("other_rate.wav", 48000, 1, 44100.0, 1);
    continuo::write_audio(place.path("silent.wav"), {48000.0, {std::vector<float>(48000, 0.0f)}},
                          continuo::SampleFormat::wav16, false);
    for (const std::string wet : {"b.wav", "other_rate.wav", "silent.wav"}) {
        refused(place, "check a.wav " + wet);
        refused(place, "train -o new.ssm --dry a.wav --wet " + wet);
    }
    refused(place, "evaluate -m model.ssm --dry a.wav --wet other_rate.wav");
    refused(place, "evaluate -m model.ssm --dry a.wav --wet silent.wav");
}

TEST_CASE("Output that is in the way or has no place", "[command]") {
    const Workplace place;
    place.noise("in.wav", 100);
    place.write("here.wav", "something of value");
    place.write("here.ssm", "something of value");
    place.write("here.html", "something of value");
    CHECK(has(refused(place, "render -m model.ssm in.wav -o here.wav"), "-y"));
    CHECK(has(refused(place, "excite -o here.wav --seconds 10"), "-y"));
    CHECK(has(refused(place, "train --dry in.wav --wet in.wav -o here.ssm"), "-y"));
    CHECK(has(refused(place, "evaluate -m model.ssm --dry in.wav --wet in.wav --report here.html"), "-y"));
    CHECK(place.text("here.wav") == "something of value");
    refused(place, "render -m model.ssm in.wav -o in.wav -y");
    refused(place, "render -m model.ssm in.wav -o nowhere/out.wav");
    refused(place, "render -m model.ssm in.wav -o nowhere/");
    refused(place, "render -m model.ssm in.wav here.wav -o out.wav");
    refused(place, "render -m model.ssm in.wav -o out.xyz");
    refused(place, "train --dry in.wav --wet in.wav -o nowhere/new.ssm");
    std::filesystem::create_directories(place.path("folder"));
    std::filesystem::copy(place.path("in.wav"), place.path("folder/in.wav"));
    refused(place, "render -m model.ssm in.wav folder/in.wav -o folder -y");
}

TEST_CASE("A full disk", "[command]") {
    const Workplace place;
    place.noise("in.wav", 100000);
    // The shell's limit on file sizes, in blocks of 512 or 1024 bytes, stands for the disk's end.
    refused(place, "render -m model.ssm in.wav -o out.wav", 1, "ulimit -f 40;");
    refused(place, "render -m model.ssm in.wav -o out.flac", 1, "ulimit -f 40;");
    refused(place, "excite -o out.wav --seconds 10", 1, "ulimit -f 40;");
    refused(place, "info model.ssm --json out.json", 1, "ulimit -f 1;");
    place.write("here.wav", "something of value");
    refused(place, "render -m model.ssm in.wav -o here.wav -y", 1, "ulimit -f 40;");
    CHECK(place.text("here.wav") == "something of value");
    const Outcome outcome = place.run("info model.ssm > /dev/full");
    CHECK(outcome.status == 1);
    CHECK(outcome.error_lines() == 1);
}

TEST_CASE("One bad file does not cost the others", "[command]") {
    const Workplace place;
    place.noise("a.wav", 1000);
    place.write("b.wav", "no audio");
    place.write("c.wav", "no audio");
    place.noise("d.wav", 1000);
    std::filesystem::create_directory(place.path("out"));
    const Outcome outcome = place.run("render -m model.ssm a.wav b.wav c.wav d.wav -o out");
    CHECK(outcome.status == 2);
    CHECK(outcome.error_lines() == 2);
    CHECK(has(outcome.error, "b.wav"));
    CHECK(has(outcome.error, "c.wav"));
    CHECK(place.files() == std::vector<std::string>{"a.wav", "b.wav", "c.wav", "d.wav", "model.ssm",
                                                    "out/a.wav", "out/d.wav"});
}
