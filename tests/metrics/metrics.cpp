#include "models/metrics/metrics.h"
#include "tests/catch.h"

#include <cmath>
#include <limits>
#include <vector>

using namespace continuo;

namespace {

std::vector<float> tones(std::size_t frames, double rate) {
    std::vector<float> samples(frames);
    for (std::size_t i = 0; i < frames; ++i) {
        const double t = static_cast<double>(i) / rate;
        samples[i] =
            static_cast<float>(0.2 * std::sin(6.283185 * 220.0 * t) + 0.1 * std::sin(6.283185 * 1760.0 * t));
    }
    return samples;
}

std::vector<float> times(std::vector<float> samples, float gain) {
    for (float& x : samples)
        x *= gain;
    return samples;
}

} // namespace

TEST_CASE("error-to-signal ratios of values worked out by hand") {
    const std::vector<float> target{1.0f, 2.0f, -1.0f, 0.0f}, output{1.0f, 1.0f, -1.0f, 2.0f};
    CHECK(esr(target, output) == Approx(5.0 / 6.0));
    // Behind 1 − 0.85 z⁻¹: target 1, 1.15, −2.7, 0.85; error 0, 1, −0.85, −2.
    CHECK(esr_pre_emphasis(target, output) ==
          Approx((1.0 + 0.85 * 0.85 + 4.0) / (1.0 + 1.15 * 1.15 + 2.7 * 2.7 + 0.85 * 0.85)));
    CHECK(mean_absolute_error(target, output) == Approx(0.75));
    CHECK(esr(target, target) == 0.0);
    CHECK(esr(target, std::vector<float>(4)) == Approx(1.0));
}

TEST_CASE("the best fixed gain is the best") {
    const std::vector<float> dry{1.0f, -2.0f, 3.0f, 0.5f}, target{0.4f, -1.2f, 1.4f, 0.6f};
    const double gain = best_fixed_gain(dry, target), least = esr_fixed_gain(dry, target);
    CHECK(gain == Approx((0.4 + 2.4 + 4.2 + 0.3) / (1.0 + 4.0 + 9.0 + 0.25)));
    CHECK(least == Approx(esr(target, times(dry, static_cast<float>(gain)))));
    for (const double other : {0.9 * gain, 0.99 * gain, 1.01 * gain, 1.1 * gain})
        CHECK(esr(target, times(dry, static_cast<float>(other))) > least);
    CHECK(esr_fixed_gain(dry, times(dry, -0.3f)) == Approx(0.0).margin(1e-12));
}

TEST_CASE("small errors under long loud signals are not lost in the sums") {
    std::vector<float> target(3'000'000, 0.9f), output = target;
    for (std::size_t i = 0; i < output.size(); i += 2)
        output[i] += 1.0f / 16384.0f;
    const double error = static_cast<double>(output[0]) - target[0];
    CHECK(esr(target, output) == Approx(0.5 * error * error / (0.9 * 0.9)).epsilon(1e-6));
}

TEST_CASE("a known gain is a known difference of loudness") {
    const double rate = GENERATE(8000.0, 44100.0, 48000.0, 384000.0);
    const auto target = tones(static_cast<std::size_t>(3.0 * rate), rate);
    for (const double db : {-12.0, -1.0, 0.0, 6.0}) {
        const auto output = times(target, static_cast<float>(std::pow(10.0, db / 20.0)));
        CHECK(evaluate_metrics(target, target, output, rate).loudness_difference_lu ==
              Approx(db).margin(0.02));
    }
}

TEST_CASE("a sine of 997 Hz at full scale has −3.01 LUFS") { // ITU-R BS.1770-4, annex 1
    std::vector<float> sine(48000 * 5);
    for (std::size_t i = 0; i < sine.size(); ++i)
        sine[i] =
            static_cast<float>(std::sin(2.0 * 3.14159265358979 * 997.0 * static_cast<double>(i) / 48000.0));
    CHECK(loudness_lufs(sine, 48000.0) == Approx(-3.01).margin(0.02));
}

TEST_CASE("every figure is finite for silence, for one sample and for none") {
    const std::vector<float> silence(48000), sound = tones(48000, 48000.0);
    const auto check_finite = [](const Metrics& m) {
        for (const double x :
             {m.esr, m.esr_pre_emphasis, m.esr_fixed_gain, m.mae, m.mr_stft, m.loudness_difference_lu})
            CHECK(std::isfinite(x));
    };
    const Metrics equal = evaluate_metrics(sound, silence, silence, 48000.0);
    check_finite(equal);
    CHECK(equal.esr == 0.0);
    CHECK(equal.mr_stft == 0.0);
    CHECK(equal.loudness_difference_lu == 0.0);
    const Metrics loud = evaluate_metrics(sound, silence, sound, 48000.0);
    check_finite(loud);
    CHECK(loud.esr > 1e6);
    CHECK(loud.loudness_difference_lu > 40.0);
    check_finite(evaluate_metrics(silence, sound, silence, 48000.0));
    const std::vector<float> one{0.5f}, none;
    check_finite(evaluate_metrics(one, one, one, 48000.0));
    check_finite(evaluate_metrics(none, none, none, 48000.0));
}

TEST_CASE("signals that cannot be compared are refused") {
    const std::vector<float> three(3), four(4), bad{0.0f, std::numeric_limits<float>::infinity(), 0.0f};
    CHECK_THROWS_AS(esr(three, four), std::invalid_argument);
    CHECK_THROWS_AS(evaluate_metrics(four, three, three, 48000.0), std::invalid_argument);
    CHECK_THROWS_AS(evaluate_metrics(three, three, bad, 48000.0), std::invalid_argument);
    CHECK_THROWS_AS(evaluate_metrics(three, three, three, 0.0), std::invalid_argument);
}
