// The report as a whole: one page that holds what it says, shows and plays.
#include "models/common/errors.h"
#include "models/report/report.h"
#include "tests/catch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numbers>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <sndfile.h>

using namespace continuo;

namespace {

// A decaying tone with noise through a soft clipper, and a model that is a little off.
ReportInput example(double rate = 48000.0, double seconds = 1.0) {
    ReportInput input;
    input.title = "Small amplifier";
    input.sample_rate = rate;
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0.0, 0.02);
    const auto frames = static_cast<std::size_t>(rate * seconds);
    for (std::size_t i = 0; i < frames; ++i) {
        const double t = double(i) / rate;
        const double dry = 0.6 * std::exp(-t) * std::sin(2.0 * std::numbers::pi * 220.0 * t) + noise(random);
        const double target = 0.7 * std::tanh(3.0 * dry);
        input.dry.push_back(static_cast<float>(dry));
        input.target.push_back(static_cast<float>(target));
        input.output.push_back(static_cast<float>(0.98 * target + 0.01 * dry));
    }
    input.model.tier = "standard";
    input.model.name = "amplifier";
    input.model.network = dsp::make_stack({4, 8, 8, 0}, rate);
    input.model.training.recordings = {{"guitar.wav", "0123abcd", 120.0}};
    input.model.training.steps = 1500;
    input.recordings = {
        {"phrase.wav", "test", {}, evaluate_metrics(input.dry, input.target, input.output, rate)}};
    for (std::size_t step = 0; step < 50; ++step)
        input.curve.push_back(
            {step * 10, double(step), 1.0 / double(step + 1),
             step % 10 == 0 ? 0.5 / double(step + 1) : std::numeric_limits<double>::quiet_NaN()});
    return input;
}

nlohmann::json payload(const std::string& page) {
    const std::string open = "<script type=\"application/json\" id=\"data\">";
    const std::size_t begin = page.find(open);
    REQUIRE(begin != std::string::npos);
    const std::size_t end = page.find("</script>", begin);
    return nlohmann::json::parse(page.substr(begin + open.size(), end - begin - open.size()));
}

std::vector<char> from_base64(const std::string& text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::vector<char> bytes;
    unsigned bits = 0, held = 0;
    for (const char c : text) {
        if (c == '=')
            break;
        held = held << 6 | static_cast<unsigned>(digits.find(c));
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>(held >> bits & 255));
        }
    }
    return bytes;
}

// Decodes an audio file in memory by way of a temporary file.
std::vector<float> decode(const std::vector<char>& bytes, SF_INFO& info) {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    REQUIRE(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size());
    std::rewind(file);
    SNDFILE* sound = sf_open_fd(fileno(file), SFM_READ, &info, 0);
    REQUIRE(sound != nullptr);
    std::vector<float> samples(static_cast<std::size_t>(info.frames));
    CHECK(sf_readf_float(sound, samples.data(), info.frames) == info.frames);
    sf_close(sound);
    std::fclose(file);
    return samples;
}

// Without what stands inside script and style, which is not markup.
std::string markup(const std::string& page) {
    std::string text;
    std::size_t at = 0;
    while (at < page.size()) {
        const std::size_t script = std::min(page.find("<script", at), page.find("<style", at));
        if (script == std::string::npos)
            break;
        const std::size_t inside = page.find('>', script) + 1;
        const std::size_t end = std::min(page.find("</script>", inside), page.find("</style>", inside));
        REQUIRE(end != std::string::npos);
        text += page.substr(at, inside - at);
        at = end;
    }
    return text + page.substr(at);
}

// The first element that is not closed as it should be; empty where all are.
std::string unbalanced(const std::string& text) {
    const std::set<std::string> empty_elements{"meta", "link", "input", "br", "hr", "img"};
    std::vector<std::string> open;
    for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
        const bool closing = text[at + 1] == '/';
        std::size_t end = at + 1;
        bool quoted = false;
        while (end < text.size() && (quoted || text[end] != '>'))
            quoted ^= text[end++] == '"';
        if (end == text.size())
            return "a tag without an end: " + text.substr(at, 40);
        const std::size_t from = at + (closing ? 2 : 1);
        const std::string name = text.substr(from, std::min(text.find_first_of(" \n>", from), end) - from);
        if (text[at + 1] != '!') {
            if (closing) {
                if (open.empty() || open.back() != name)
                    return "</" + name + "> closes <" + (open.empty() ? "nothing" : open.back()) + ">";
                open.pop_back();
            } else if (!empty_elements.contains(name)) {
                open.push_back(name);
            }
        }
        at = end;
    }
    return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

std::set<std::string> matches(const std::string& text, const char* pattern) {
    const std::regex expression(pattern);
    std::set<std::string> found;
    for (std::sregex_iterator i(text.begin(), text.end(), expression), end; i != end; ++i)
        found.insert((*i)[1]);
    return found;
}

// The page without its data, which is long and holds no text.
std::string without_data(const std::string& page) {
    const std::size_t begin = page.find("id=\"data\">");
    return page.substr(0, begin + 10) + page.substr(page.find("</script>", begin));
}

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// A folder of this test's own that goes away with it.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "continuo-report-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
    }
};

} // namespace

TEST_CASE("the page fetches nothing") {
    const std::string page = without_data(report_page(example()));
    for (const char* reference : {"http://", "https://", "src=", "url(", "@import", "fetch(",
                                  "XMLHttpRequest", "import(", "WebSocket", "href=\"/", "file://"})
        CHECK(page.find(reference) == std::string::npos);
    CHECK(matches(page, "href=\"([^\"]*)\"") == std::set<std::string>{"data:,"});
    CHECK(page.find("default-src 'none'") != std::string::npos);
}

TEST_CASE("the page is well formed, with several recordings too") {
    ReportInput input = example();
    CHECK(unbalanced(markup(report_page(input))).empty());
    input.recordings.push_back({"second.wav", "train", {{"gain", 0.5f}}, input.recordings[0].metrics});
    input.model.knobs = {{"gain", 0.5f}};
    CHECK(unbalanced(markup(report_page(input))).empty());
}

TEST_CASE("every element that the script and the labels speak of is there once") {
    const std::string page = without_data(report_page(example()));
    const std::set<std::string> ids = matches(page, "id=\"([a-z-]+)\"");
    for (const std::string& id : matches(page, "element\\(\"([a-z-]+)\"\\)"))
        CHECK(ids.contains(id));
    for (const std::string& id : matches(page, "aria-labelledby=\"([a-z-]+)\""))
        CHECK(ids.contains(id));
    for (const std::string& id : ids) {
        const std::size_t first = page.find(" id=\"" + id + "\"");
        CHECK(page.find(" id=\"" + id + "\"", first + 1) == std::string::npos);
    }
    for (const std::string& canvas : matches(page, "(<canvas[^>]*>)"))
        CHECK(canvas.find("aria-label=\"") != std::string::npos);
}

TEST_CASE("the embedded audio is the recording, sample by sample") {
    const ReportInput input = example(44100.0);
    const nlohmann::json data = payload(report_page(input));
    CHECK(data["rate"] == 44100);
    CHECK(data["audio"]["gain"] == 1.0);
    for (const auto& [name, expected] :
         {std::pair{"target", &input.target}, {"model", &input.output}, {"dry", &input.dry}}) {
        SF_INFO info{};
        const std::vector<float> samples = decode(from_base64(data["audio"][name].get<std::string>()), info);
        CHECK(info.samplerate == 44100);
        CHECK(info.channels == 1);
        REQUIRE(samples.size() == expected->size());
        double largest = 0.0;
        for (std::size_t i = 0; i < samples.size(); ++i)
            largest = std::max(largest, std::abs(double(samples[i]) - double((*expected)[i])));
        CHECK(largest <= 0.5 / 8388608.0 * 1.01); // half a step of 24 bits
    }
}

TEST_CASE("a recording beyond full scale is lowered, not clipped") {
    ReportInput input = example();
    for (float& sample : input.target)
        sample *= 2.0f;
    const std::string page = report_page(input);
    const nlohmann::json data = payload(page);
    const double gain = data["audio"]["gain"];
    CHECK(gain < 1.0);
    CHECK(page.find("so that none clips") != std::string::npos);
    SF_INFO info{};
    const std::vector<float> samples = decode(from_base64(data["audio"]["target"].get<std::string>()), info);
    for (std::size_t i = 0; i < samples.size(); i += 97)
        CHECK(double(samples[i]) == Approx(double(input.target[i]) * gain).margin(1e-6));
}

TEST_CASE("the raised difference is as loud as the target, or just below full scale") {
    const ReportInput input = example();
    const nlohmann::json data = payload(report_page(input));
    double target = 0.0, difference = 0.0, peak = 0.0;
    for (std::size_t i = 0; i < input.target.size(); ++i) {
        const double error = double(input.target[i]) - double(input.output[i]);
        target += double(input.target[i]) * double(input.target[i]);
        difference += error * error;
        peak = std::max(peak, std::abs(error));
    }
    const double gain = data["difference_gain"];
    CHECK(gain == Approx(std::min(std::sqrt(target / difference), 0.99 / peak)).epsilon(1e-3));
    CHECK(gain * peak <= 1.0);
}

TEST_CASE("text of the user's stays text, wherever it stands") {
    ReportInput input = example();
    const std::string evil = "</script><script>alert(\"1\")</script>{{data}}'";
    input.title = evil;
    input.model.name = input.model.device = input.model.author = input.model.licence = evil;
    input.model.tier = evil;
    input.model.knobs = {{evil, 0.5f}};
    input.model.training.recordings = {{evil, evil, 1.0}};
    input.model.training.program_version = evil;
    input.recordings[0].name = input.recordings[0].split = evil;
    input.recordings[0].knobs = {{evil, 0.5f}};
    input.recordings.push_back(input.recordings[0]);
    input.nanoseconds_per_sample = 80.0;
    input.nanoseconds_per_sample_note = evil;
    const std::string page = report_page(input);
    CHECK(page.find("<script>alert") == std::string::npos);
    CHECK(page.find("alert(\"1\")") == std::string::npos);
    CHECK(
        page.find("<h1>&lt;/script&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;{{data}}&#39;</h1>") !=
        std::string::npos);
    CHECK(unbalanced(markup(page)).empty());
    CHECK_NOTHROW(payload(page));
}

TEST_CASE("the figures stand in the page, in linear values and dB, beside the best fixed gain") {
    ReportInput input = example();
    Metrics& metrics = input.recordings[0].metrics;
    metrics = {.esr = 0.00321,
               .esr_pre_emphasis = 0.00654,
               .esr_fixed_gain = 0.123,
               .mae = 0.0177,
               .mr_stft = 0.456,
               .loudness_difference_lu = -0.31};
    input.nanoseconds_per_sample = 74.6;
    const std::string page = report_page(input);
    for (const char* text :
         {"0.00321", "−24.9\u00a0dB", "0.00654", "−21.8\u00a0dB", "0.123", "−9.1\u00a0dB", "0.0177", "0.456",
          "−0.31\u00a0LU", "74.6 ns", "standard", "guitar.wav", "phrase.wav", "0123abcd"})
        CHECK(page.find(text) != std::string::npos);
}

TEST_CASE("several recordings: a row each, means by split, and the mean of the test rows in large") {
    ReportInput input = example();
    ReportRecording row = input.recordings[0];
    input.recordings.clear();
    for (const auto& [name, split, esr] :
         {std::tuple{"one.wav", "train", 0.5}, {"two.wav", "test", 0.01}, {"three.wav", "test", 0.03}}) {
        row.name = name;
        row.split = split;
        row.metrics.esr = esr;
        input.recordings.push_back(row);
    }
    CHECK(recording_to_show(input.recordings) == 2);
    input.detail = recording_to_show(input.recordings);
    const std::string page = report_page(input);
    for (const char* text : {"one.wav", "two.wav", "mean of 2 test recordings", "0.0200"})
        CHECK(page.find(text) != std::string::npos);
    const std::size_t badge = page.find("class=\"badge\"");
    CHECK(page.rfind("three.wav", badge) > page.rfind("two.wav", badge));

    for (ReportRecording& each : input.recordings)
        each.split = "train";
    CHECK(recording_to_show(input.recordings) == 0);
}

TEST_CASE("a long recording at a high rate still makes a page below 10 MB") {
    ReportInput input = example(96000.0, 18.0);
    std::mt19937 random(3);
    std::uniform_real_distribution<float> noise(-0.9f, 0.9f); // what compresses worst
    for (std::vector<float>* signal : {&input.dry, &input.target, &input.output})
        std::generate(signal->begin(), signal->end(), [&] { return noise(random); });
    // The model is wrong most of all at one place.
    std::fill_n(input.output.begin() + 1'400'000, 3000, -0.9f);
    std::fill_n(input.target.begin() + 1'400'000, 3000, 0.9f);
    const std::string page = report_page(input);
    CHECK(page.size() < 10'000'000);
    const nlohmann::json data = payload(page);
    const double begin = data["excerpt"]["begin"], seconds = data["excerpt"]["seconds"];
    CHECK(seconds > 3.0);
    CHECK(begin < 1'400'000 / 96000.0);
    CHECK(begin + seconds > 1'403'000 / 96000.0);
    CHECK(page.find("so that the page stays small") != std::string::npos);
    CHECK(double(data["worst"]["begin"]) == Approx(1'400'000 / 96000.0).margin(0.02));
}

TEST_CASE("silence and a single sample make pages too") {
    ReportInput input = example();
    const auto check_page = [&] {
        input.recordings[0].metrics =
            evaluate_metrics(input.dry, input.target, input.output, input.sample_rate);
        const std::string page = report_page(input);
        CHECK(unbalanced(markup(page)).empty());
        CHECK(payload(page)["spectrum"]["target"].size() == 240);
        CHECK(without_data(page).find("nan") == std::string::npos);
    };
    for (std::vector<float>* signal : {&input.dry, &input.target, &input.output})
        std::fill(signal->begin(), signal->end(), 0.0f);
    check_page();
    input.dry = input.target = input.output = {0.25f};
    check_page();
}

TEST_CASE("what was not validated, and a model trained elsewhere, leave gaps and not errors") {
    ReportInput input = example();
    nlohmann::json curve = payload(report_page(input))["curve"];
    REQUIRE(curve.size() == 50);
    CHECK(curve[0][3] == 0.5);
    CHECK(curve[1][3].is_null());
    CHECK(curve[49][0] == 490);
    input.curve.clear();
    const std::string page = report_page(input);
    CHECK(page.find("aria-labelledby=\"training-title\" hidden>") != std::string::npos);
    CHECK(payload(page)["curve"].empty());
}

TEST_CASE("poles are given as frequency and time constant") {
    ReportInput input = example();
    dsp::LayerParameters& layer = input.model.stack().layers[1];
    layer.pole_decay[0] = 50.0f;
    layer.pole_frequency[0] = static_cast<float>(2.0 * std::numbers::pi * 440.0);
    layer.readout_real[0] = 0.3f;
    layer.readout_imag[0] = 0.4f;
    const nlohmann::json poles = payload(report_page(input))["poles"];
    REQUIRE(poles.size() == 4);
    const std::vector<char> bytes = from_base64(poles[1].get<std::string>());
    REQUIRE(bytes.size() == 8 * 8 * 3 * sizeof(float));
    std::array<float, 6> first{};
    std::memcpy(first.data(), bytes.data(), sizeof(first));
    CHECK(first[0] == Approx(440.0f));
    CHECK(first[1] == Approx(0.02f));
    CHECK(first[2] == Approx(0.5f));
    CHECK(first[3] == 0.0f); // only decays
    CHECK(first[4] == Approx(1.0f));
}

TEST_CASE("the same input gives the same page") {
    const ReportInput input = example();
    CHECK(report_page(input) == report_page(input));
}

TEST_CASE("a report appears whole or not at all") {
    const Folder folder;
    const std::filesystem::path path = folder.path / "report.html";
    ReportInput input = example();
    write_report(input, path, false);
    const std::string first = contents(path);
    CHECK(first == report_page(input));

    input.title = "Another";
    CHECK_THROWS_AS(write_report(input, path, false), BadInput);
    CHECK(contents(path) == first);
    write_report(input, path, true);
    const std::string second = contents(path);
    CHECK(second != first);

    input.output.pop_back();
    CHECK_THROWS_AS(write_report(input, path, true), std::invalid_argument);
    input.output.push_back(std::numeric_limits<float>::quiet_NaN());
    CHECK_THROWS_AS(write_report(input, path, true), std::invalid_argument);
    CHECK(contents(path) == second);
    CHECK_THROWS_AS(write_report(example(), folder.path / "missing" / "report.html", true), BadInput);
    CHECK(folder.files() == 1);
}
