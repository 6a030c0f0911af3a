// Tables of recordings: every mistake names its line; the odd habits of spreadsheets are read.
#include "tests/catch.h"
#include "tests/command/program.h"

#include <filesystem>

using continuo::tests::Outcome;
using continuo::tests::Workplace;

namespace {

// The error of a table, by evaluate and by train.
std::string refused(const Workplace& place, const std::string& table) {
    place.write("table.csv", table);
    INFO(table);
    const auto files = place.files();
    const Outcome train = place.run("train --captures table.csv -o new.ssm");
    CHECK(train.status == 2);
    CHECK(train.error_lines() == 1);
    const Outcome evaluate = place.run("evaluate -m model.ssm --captures table.csv --json out.json");
    INFO(evaluate.error);
    CHECK(evaluate.status == 2);
    CHECK(evaluate.error_lines() == 1);
    CHECK(evaluate.error == train.error);
    CHECK(place.files() == files);
    return evaluate.error;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("Mistakes in a table of recordings", "[command]") {
    const Workplace place;
    place.noise("dry.wav", 2000);
    place.noise("wet.wav", 2000);
    const std::string head = "dry,wet,split,knob 0,knob 1\n", row = "dry.wav,wet.wav,train,0,1\n";
    CHECK(has(refused(place, ""), "empty"));
    CHECK(has(refused(place, head), "no recording"));
    CHECK(has(refused(place, "wet,split\nwet.wav,train\n"), "table.csv:1: the column dry"));
    CHECK(has(refused(place, "dry,split\ndry.wav,train\n"), "table.csv:1: the column wet"));
    CHECK(has(refused(place, "dry,wet\ndry.wav,wet.wav\n"), "table.csv:1: the column split"));
    CHECK(has(refused(place, "dry,wet,split,a,a\n" + row), "twice"));
    CHECK(has(refused(place, "dry,wet,split,\n" + row), "no name"));
    CHECK(has(refused(place, head + "dry.wav,wet.wav,train,0\n"), "table.csv:2: there are 4 fields"));
    CHECK(
        has(refused(place, head + row + "dry.wav,wet.wav,train,0,1,2\n"), "table.csv:3: there are 6 fields"));
    CHECK(has(refused(place, head + row + "dry.wav,wet.wav,practice,0,1\n"),
              "table.csv:3: the split \"practice\""));
    CHECK(has(refused(place, head + row + "dry.wav,wet.wav,train,1.01,1\n"),
              "table.csv:3: knob knob 0: \"1.01\""));
    CHECK(has(refused(place, head + row + "dry.wav,wet.wav,train,-0.1,1\n"), "table.csv:3: knob knob 0"));
    CHECK(has(refused(place, head + row + "dry.wav,wet.wav,train,0,half\n"), "table.csv:3: knob knob 1"));
    CHECK(has(refused(place, head + row + "dry.wav,wet.wav,train,0,\n"), "table.csv:3: knob knob 1"));
    CHECK(has(refused(place, head + row + "other.wav,wet.wav,train,0,1\n"),
              "table.csv:3: the recording other.wav"));
    CHECK(has(refused(place, head + row + ",wet.wav,train,0,1\n"),
              "table.csv:3: the dry recording is not named"));
    CHECK(has(refused(place, head + "\"dry.wav,wet.wav,train,0,1\n"), "quote"));
    CHECK(has(refused(place, head + "\"dry.wav\"x,wet.wav,train,0,1\n"), "table.csv:2: there is text after"));
    CHECK(has(refused(place, std::string("dry\0wet", 7)), "not a text file"));
}

TEST_CASE("A table that is missing, or is a folder", "[command]") {
    const Workplace place;
    for (const char* table : {"none.csv", "."})
        CHECK(place.run(std::string("evaluate -m model.ssm --captures ") + table).status == 2);
}

TEST_CASE("A knob at one value cannot be learned", "[command]") {
    const Workplace place;
    place.noise("dry.wav", 2000);
    place.write("table.csv", "dry,wet,split,gain,tone\n"
                             "dry.wav,dry.wav,train,0.5,0\n"
                             "dry.wav,dry.wav,train,0.5,1\n"
                             "dry.wav,dry.wav,test,0.7,1\n");
    const Outcome outcome = place.run("train --captures table.csv -o new.ssm");
    CHECK(outcome.status == 2);
    CHECK(outcome.error_lines() == 1);
    CHECK(has(outcome.error, "knob gain has one value only"));
}

TEST_CASE("Spreadsheets' habits are read", "[command]") {
    const Workplace place;
    std::filesystem::create_directory(place.path("takes"));
    place.noise("takes/a, loud.wav", 3000);
    place.noise("takes/b.wav", 3000, 1, 48000.0, 2);
    place.write("takes/table.csv", "\xEF\xBB\xBFwet,\"knob 1\",split,dry,knob 0\r\n"
                                   "\"a, loud.wav\",0.5,,\"a, loud.wav\",1\r\n"
                                   "\r\n"
                                   "b.wav, 1 , test ,\"b.wav\",0\r\n"
                                   "b.wav,1e-1,validation,b.wav,0.25");
    const Outcome outcome = place.run("evaluate -m model.ssm --captures takes/table.csv --json result.json");
    INFO(outcome.error);
    REQUIRE(outcome.status == 0);
    const auto result = place.json("result.json");
    REQUIRE(result["rows"].size() == 3);
    CHECK(result["rows"][0]["split"] == "unspecified");
    CHECK(result["rows"][0]["knobs"] == nlohmann::json({{"knob 0", 1.0}, {"knob 1", 0.5}}));
    CHECK(result["rows"][1]["split"] == "test");
    CHECK(result["rows"][2]["knobs"]["knob 1"] == 0.1);
    for (const auto& row : result["rows"])
        for (const char* key : {"dry", "wet", "esr", "esr_pre_emphasis", "esr_fixed_gain", "mae", "mr_stft",
                                "loudness_difference_lu", "frames", "sample_rate"})
            CHECK(row.contains(key));
    for (const char* split : {"test", "validation", "unspecified", "all"})
        CHECK(result["mean"][split]["esr"].is_number());
    CHECK(result["mean"]["test"]["esr"] == result["rows"][1]["esr"]);
    const double mean = (result["rows"][0]["esr"].get<double>() + result["rows"][1]["esr"].get<double>() +
                         result["rows"][2]["esr"].get<double>()) /
                        3.0;
    CHECK(result["mean"]["all"]["esr"].get<double>() == Approx(mean));
}

TEST_CASE("Knobs of the table must be those of the model", "[command]") {
    const Workplace place;
    place.noise("dry.wav", 3000);
    place.write("table.csv", "dry,wet,split,volume\ndry.wav,dry.wav,test,0\n");
    const Outcome outcome = place.run("evaluate -m model.ssm --captures table.csv");
    CHECK(outcome.status == 2);
    CHECK(has(outcome.error, "the model has no knob \"volume\""));
    place.write("table.csv", "dry,wet,split,knob 1\ndry.wav,dry.wav,test,0\n");
    const Outcome missing = place.run("evaluate -m model.ssm --captures table.csv");
    CHECK(missing.status == 2);
    CHECK(missing.error_lines() == 1);
    CHECK(has(missing.error, "table.csv:1: the model's knob \"knob 0\" has no column; add one"));
}
