#include "models/capture/check.h"
#include "tests/capture/devices.h"
#include "tests/catch.h"

#include <algorithm>
#include <cmath>

using namespace continuo;
using namespace devices;

namespace {

constexpr double rate = 48000.0;

const Signal& dry() {
    static const Signal signal = guitar(20.0, rate);
    return signal;
}

const Finding* find(const CheckResult& result, const std::string& subject) {
    for (const Finding& finding : result.findings)
        if (finding.subject == subject)
            return &finding;
    return nullptr;
}

void check_refused(const CheckResult& result, const std::string& subject) {
    CHECK_FALSE(result.usable());
    const Finding* refusal = result.refusal();
    REQUIRE(refusal);
    INFO(refusal->line());
    CHECK(refusal->subject == subject);
    CHECK_FALSE(refusal->remedy.empty());
    CHECK(refusal->line().find('\n') == std::string::npos);
}

void check_noted(const CheckResult& result, const std::string& subject) {
    for (const Finding& finding : result.findings)
        if (finding.severity == Severity::refuse)
            FAIL(finding.line());
    const auto noted =
        std::find_if(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
            return finding.subject == subject && finding.severity == Severity::note;
        });
    REQUIRE(noted != result.findings.end());
    CHECK_FALSE(noted->remedy.empty());
}

} // namespace

TEST_CASE("a good pair through a heavily distorting device passes without a note") {
    const CheckResult result = check_pair(dry(), rate, delayed(amplifier(dry(), rate), 500), rate);
    for (const Finding& finding : result.findings) {
        INFO(finding.line());
        CHECK(finding.severity == Severity::ok);
    }
    for (const char* subject :
         {"rate", "level", "clipping", "pair", "drift", "delay", "polarity", "length", "offset", "noise"})
        CHECK(find(result, subject));
    CHECK(result.usable());
    CHECK(std::abs(result.alignment.delay - 500) <= 1);
    CHECK(result.figures.used_seconds == Approx(20.0).margin(0.02));
}

TEST_CASE("integers that went over full scale and came back with the other sign are refused") {
    Signal loud = amplifier(dry(), rate);
    float peak = 0.0f;
    for (const float x : loud)
        peak = std::max(peak, std::abs(x));
    for (float& x : loud) {
        x *= 1.3f / peak;
        x -= 2.0f * std::round(0.5f * x);
    }
    check_refused(check_pair(dry(), rate, loud, rate), "clipping");
    // A fuzz that swings from one full scale to the other within a sample is none of that.
    Signal square = amplifier(dry(), rate);
    for (float& x : square)
        x = x < 0.0f ? -1.0f : x > 0.0f ? 1.0f : 0.0f;
    for (const Finding& finding : check_pair(dry(), rate, square, rate).findings)
        CHECK(finding.line().find("other sign") == std::string::npos);
}

TEST_CASE("flat tops of the device itself are no clipping") {
    Signal wet = dry();
    for (float& x : wet)
        x = std::clamp(20.0f * x, -0.5f, 0.5f);
    CHECK(check_pair(dry(), rate, wet, rate).usable());
}

TEST_CASE("pairs that cannot train are refused, each for its reason") {
    const Signal wet = amplifier(dry(), rate);
    check_refused(check_pair(dry(), 48000.0, wet, 44100.0), "rate");
    check_refused(check_pair(dry(), 0.0, wet, 0.0), "rate");
    check_refused(check_pair(dry(), rate, {}, rate), "length");
    check_refused(check_pair(std::span(dry()).first(5000), rate, std::span(wet).first(5000), rate), "length");
    check_refused(check_pair(dry(), rate, Signal(wet.size()), rate), "level");
    check_refused(check_pair(Signal(wet.size()), rate, wet, rate), "level");
    check_refused(check_pair(dry(), rate, drifting(wet, 20.0), rate), "drift");
    check_refused(check_pair(dry(), rate, add_noise(Signal(wet.size()), 0.2), rate), "pair");
    check_refused(check_pair(dry(), rate, Signal(wet.rbegin(), wet.rend()), rate), "pair");

    Signal clipped = wet;
    for (float& x : clipped)
        x = std::clamp(3.0f * x, -1.0f, 32767.0f / 32768.0f);
    check_refused(check_pair(dry(), rate, clipped, rate), "clipping");

    Signal lost(wet.begin(), wet.begin() + 400000);
    lost.insert(lost.end(), wet.begin() + 400256, wet.end());
    check_refused(check_pair(dry(), rate, lost, rate), "dropout");
}

TEST_CASE("what a user should know is noted and does not stop training") {
    const Signal wet = amplifier(dry(), rate);
    check_noted(check_pair(std::span(dry()).first(6 * 48000), rate, std::span(wet).first(6 * 48000), rate),
                "length");
    check_noted(check_pair(dry(), rate, std::span(wet).first(12 * 48000), rate), "length");
    check_noted(check_pair(dry(), rate, add_noise(wet, 0.1), rate), "noise");

    Signal offset = wet, quiet = wet, touched = wet, hot = dry();
    for (float& x : offset)
        x += 0.2f;
    check_noted(check_pair(dry(), rate, offset, rate), "offset");
    for (float& x : quiet)
        x *= 0.001f;
    check_noted(check_pair(dry(), rate, quiet, rate), "level");
    std::fill_n(touched.begin() + 300000, 5, 1.0f);
    check_noted(check_pair(dry(), rate, touched, rate), "clipping");
    for (float& x : hot)
        x = std::clamp(8.0f * x, -1.0f, 1.0f);
    check_noted(check_pair(hot, rate, amplifier(hot, rate), rate), "clipping");
}

TEST_CASE("polarity is told and kept") {
    const CheckResult result = check_pair(dry(), rate, inverted(amplifier(dry(), rate)), rate);
    CHECK(result.usable());
    CHECK(result.alignment.inverted);
    REQUIRE(find(result, "polarity"));
    CHECK(find(result, "polarity")->text.find("inverted") != std::string::npos);
}

TEST_CASE("the noise floor is measured where nothing is played") {
    Signal paused = dry();
    std::fill(paused.begin() + 5 * 48000, paused.begin() + 7 * 48000, 0.0f);
    const double amplitude = 0.01; // uniform: rms is amplitude / √3
    const CheckResult result = check_pair(paused, rate, add_noise(clip(paused, 5.0f), amplitude), rate);
    REQUIRE(result.figures.noise_measured);
    CHECK(result.figures.wet_noise_db == Approx(20.0 * std::log10(amplitude / std::sqrt(3.0))).margin(0.5));
}

TEST_CASE("unusual rates have defined results") {
    const double other = GENERATE(8000.0, 384000.0);
    const Signal played = guitar(4.0, other);
    check_noted(check_pair(played, other, amplifier(played, other), other), "rate");
}

TEST_CASE("channels that differ are refused, equal ones count as one") {
    const Signal wet = amplifier(dry(), rate);
    CHECK(check_pair(Audio{rate, {dry()}}, Audio{rate, {wet, wet}}).usable());
    const Audio seven{rate, {wet, wet, wet, dry(), wet, wet, wet}};
    const CheckResult result = check_pair(Audio{rate, {dry()}}, seven);
    check_refused(result, "channels");
    CHECK(result.refusal()->text.find("7 channels") != std::string::npos);
    check_refused(check_pair(Audio{rate, {}}, Audio{rate, {wet}}), "channels");
}
