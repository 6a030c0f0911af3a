#include "models/metrics/mr_stft.h"
#include "tests/catch.h"

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

using namespace continuo;

namespace {

std::vector<float> noise(std::size_t frames, unsigned seed) {
    std::vector<float> samples(frames);
    unsigned state = seed;
    for (float& x : samples) {
        state = state * 1664525u + 1013904223u;
        x = static_cast<float>(state >> 8) / 16777216.0f - 0.5f;
    }
    return samples;
}

// The definition, written as plainly as it can be: one bin of one frame at a time.
double by_definition(const std::vector<float>& y, const std::vector<float>& z) {
    constexpr std::size_t resolutions[3][3]{{1024, 120, 600}, {2048, 240, 1200}, {512, 50, 240}};
    double sum = 0.0;
    for (const auto& [fft, hop, window] : resolutions) {
        const auto magnitude = [&](const std::vector<float>& x, std::size_t frame, std::size_t bin) {
            std::complex<double> value;
            const auto length = static_cast<long>(x.size());
            for (std::size_t n = 0; n < window; ++n) {
                const std::size_t place = (fft - window) / 2 + n;
                long at = static_cast<long>(frame * hop + place) - static_cast<long>(fft / 2);
                at = at < 0 ? -at : at >= length ? 2 * length - 2 - at : at;
                const double hann = std::pow(
                    std::sin(std::numbers::pi * static_cast<double>(n) / static_cast<double>(window)), 2.0);
                value += hann * static_cast<double>(x[static_cast<std::size_t>(at)]) *
                         std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(bin * place % fft) /
                                             static_cast<double>(fft));
            }
            return std::sqrt(std::max(std::norm(value), 1e-8));
        };
        double difference = 0.0, reference = 0.0, logarithms = 0.0;
        std::size_t count = 0;
        for (std::size_t frame = 0; frame * hop <= y.size(); ++frame)
            for (std::size_t bin = 0; bin <= fft / 2; ++bin, ++count) {
                const double a = magnitude(y, frame, bin), b = magnitude(z, frame, bin);
                difference += (a - b) * (a - b);
                reference += a * a;
                logarithms += std::abs(std::log(a) - std::log(b));
            }
        sum += std::sqrt(difference) / std::sqrt(reference) + logarithms / static_cast<double>(count);
    }
    return sum / 3.0;
}

} // namespace

TEST_CASE("the STFT distance is what its definition says") {
    const auto target = noise(1100, 1);
    auto output = noise(1100, 2);
    for (std::size_t i = 0; i < output.size(); ++i)
        output[i] = 0.7f * target[i] + 0.2f * output[i];
    CHECK(mr_stft_distance(target, output) == Approx(by_definition(target, output)).epsilon(1e-9));
}

TEST_CASE("the STFT distance is blind to polarity and sees a change of gain as its logarithm") {
    const auto target = noise(20000, 3);
    auto inverted = target, halved = target;
    for (float& x : inverted)
        x = -x;
    for (float& x : halved)
        x *= 0.5f;
    CHECK(mr_stft_distance(target, target) == Approx(0.0).margin(1e-12));
    CHECK(mr_stft_distance(target, inverted) == Approx(0.0).margin(1e-9));
    CHECK(mr_stft_distance(target, halved) == Approx(0.5 + std::log(2.0)).epsilon(1e-4));
}

TEST_CASE("the STFT distance of short signals is defined") {
    for (const std::size_t frames : {1u, 2u, 100u, 1024u, 1025u, 1026u}) {
        const auto target = noise(frames, 4), output = noise(frames, 5);
        CHECK(std::isfinite(mr_stft_distance(target, output)));
        CHECK(mr_stft_distance(target, output) > 0.0);
    }
    CHECK(mr_stft_distance({}, {}) == 0.0);
}
