#include "models/operations/mr_stft_loss.h"

#include "tests/catch.h"
#include "tests/operations/example_stack.h"

#include <cmath>

using namespace continuo;
using namespace continuo::operations;

namespace {

struct Pair {
    std::vector<float> target, output;
};

/// The output is the target through 1 + 0.5 z⁻¹: too loud below a frequency, too quiet above, and the same
/// hardly anywhere, because a bin whose error changes sign bends the loss.
Pair example_pair(std::size_t frames) {
    Pair pair{example_signal(frames, 1), {}};
    for (std::size_t t = 0; t < frames; ++t)
        pair.output.push_back(pair.target[t] + (t > 0 ? 0.5f * pair.target[t - 1] : 0.0f));
    return pair;
}

} // namespace

TEST_CASE("the STFT loss is the weighted distance of the metrics") {
    for (const std::size_t frames : {std::size_t(1025), std::size_t(2500), std::size_t(4096)}) {
        const auto [target, output] = example_pair(frames);
        MrStftLoss loss(4096);
        std::vector<float> gradient(frames, 0.0f);
        CHECK(loss.evaluate(target, output, 0.25, gradient) ==
              Approx(0.25 * mr_stft_distance(target, output)).epsilon(1e-10));
    }
}

TEST_CASE("the gradient of the STFT loss agrees with central differences, the mirrored ends included") {
    const std::size_t frames = 1600;
    const auto [target, output] = example_pair(frames);
    const std::size_t hop_factor = GENERATE(1, 2);
    MrStftLoss loss(frames, hop_factor);
    std::vector<float> gradient(frames, 1.0f); // the loss adds to it
    loss.evaluate(target, output, 2.0, gradient);
    double error = 0.0, norm = 0.0;
    std::vector<float> unused(frames);
    for (std::size_t t = 0; t < frames; t += t < 40 || t > frames - 40 ? 3 : 41) {
        const float step = 1e-6f;
        std::vector<float> up = output, down = output;
        up[t] += step;
        down[t] -= step;
        const double difference =
            (loss.evaluate(target, up, 2.0, unused) - loss.evaluate(target, down, 2.0, unused)) /
            (double(up[t]) - double(down[t]));
        error += std::pow(double(gradient[t]) - 1.0 - difference, 2.0);
        norm += difference * difference;
    }
    CHECK(std::sqrt(error / norm) < 1e-5);
}

TEST_CASE("the STFT loss copes with silence, and knows a perfect output") {
    const std::vector<float> target = example_signal(3000, 5), silence(3000, 0.0f);
    MrStftLoss loss(3000);
    std::vector<float> gradient(3000, 0.0f);
    CHECK(loss.evaluate(target, target, 1.0, gradient) < 1e-9);
    CHECK(loss.evaluate(silence, silence, 1.0, gradient) == 0.0);
    CHECK(loss.evaluate(target, silence, 1.0, gradient) > 1.0);
    CHECK(loss.evaluate(silence, target, 1.0, gradient) > 1.0);
    for (const float value : gradient)
        REQUIRE(std::isfinite(value));
}

TEST_CASE("the STFT loss refuses lengths that it was not made for") {
    MrStftLoss loss(2000);
    const std::vector<float> signal(2001, 0.0f);
    std::vector<float> gradient(2001, 0.0f);
    CHECK_THROWS_AS(loss.evaluate(signal, signal, 1.0, gradient), std::invalid_argument);
    const auto brief = std::span(signal).first(1024);
    CHECK_THROWS_AS(loss.evaluate(brief, brief, 1.0, std::span(gradient).first(1024)), std::invalid_argument);
    CHECK_THROWS_AS(loss.evaluate(brief, brief, 1.0, gradient), std::invalid_argument);
}
