#include "models/operations/waveform_loss.h"

#include "tests/catch.h"
#include "tests/operations/example_stack.h"

using namespace continuo::operations;

namespace {

/// The formula of the header, word for word.
double loss_by_hand(const std::vector<float>& target, const std::vector<double>& output, std::size_t first,
                    const WaveformEnergies& energies, const WaveformLossWeights& weights) {
    double plain = 0.0, emphasised = 0.0, sum = 0.0;
    for (std::size_t t = first; t < target.size(); ++t) {
        const double e = output[t] - double(target[t]);
        const double before = t > 0 ? output[t - 1] - double(target[t - 1]) : 0.0;
        plain += e * e;
        emphasised += (e - 0.85 * before) * (e - 0.85 * before);
        sum += e;
    }
    const double n = double(target.size() - first);
    return (1.0 - weights.pre_emphasis) * plain / energies.plain +
           weights.pre_emphasis * emphasised / energies.pre_emphasis +
           weights.offset * (sum / n) * (sum / n) / (energies.plain / n);
}

} // namespace

TEST_CASE("the waveform loss and its gradient agree with the formula") {
    const std::vector<float> target = example_signal(300, 1), noise = example_noise(300, 2);
    std::vector<float> output = target;
    for (std::size_t t = 0; t < output.size(); ++t)
        output[t] = 0.9f * output[t] + 0.05f * noise[t] + 0.02f;
    const std::vector<double> exact(output.begin(), output.end());
    for (const std::size_t first : {std::size_t(0), std::size_t(1), std::size_t(64)})
        for (const WaveformLossWeights weights :
             {WaveformLossWeights{0.0, 0.0}, WaveformLossWeights{1.0, 0.0}, WaveformLossWeights{0.5, 0.3}}) {
            const WaveformEnergies energies = waveform_energies(target, first);
            std::vector<float> gradient(300, 1.0f); // the loss adds to it
            const double loss = waveform_loss(target, output, first, energies, weights, gradient);
            CHECK(loss == Approx(loss_by_hand(target, exact, first, energies, weights)).epsilon(1e-12));
            for (std::size_t t = 0; t < first; ++t)
                REQUIRE(gradient[t] == 1.0f);
            for (std::size_t t = first; t < exact.size(); ++t) {
                std::vector<double> up = exact, down = exact;
                up[t] += 1e-4;
                down[t] -= 1e-4;
                const double difference = (loss_by_hand(target, up, first, energies, weights) -
                                           loss_by_hand(target, down, first, energies, weights)) /
                                          2e-4;
                REQUIRE(std::abs(double(gradient[t]) - 1.0 - difference) <=
                        2e-7 * (1.0 + std::abs(difference)));
            }
        }
}

TEST_CASE("the root of a waveform loss is a root of its second derivative") {
    constexpr std::size_t length = 40;
    const std::vector<float> target = example_signal(length, 1);
    for (const std::size_t first : {std::size_t(0), std::size_t(7)})
        for (const double share : {0.0, 0.2, 1.0}) {
            const WaveformEnergies energies = waveform_energies(target, first);
            const WaveformLossWeights weights{share, 0.0};
            const auto gradient_at = [&](const std::vector<float>& output) {
                std::vector<float> gradient(length, 0.0f);
                waveform_loss(target, output, first, energies, weights, gradient);
                return gradient;
            };
            std::vector<std::vector<float>> columns; // of R
            for (std::size_t i = 0; i < 2 * length; ++i) {
                std::vector<float> plain(length, 0.0f), pre_emphasised(length, 0.0f), product(length, 1.0f);
                (i < length ? plain : pre_emphasised)[i % length] = 1.0f;
                waveform_loss_root(plain, pre_emphasised, first, energies, weights, product);
                columns.push_back(product);
            }
            const std::vector<float> at_target = gradient_at(target);
            for (std::size_t u = first; u < length; ++u) {
                std::vector<float> output = target; // the loss is quadratic: a step of any length will do
                output[u] += 1.0f;
                const std::vector<float> moved = gradient_at(output);
                for (std::size_t t = 0; t < length; ++t) {
                    double product = 0.0;
                    for (const std::vector<float>& column : columns)
                        product += double(column[t]) * double(column[u]);
                    REQUIRE(product ==
                            Approx(double(moved[t] - at_target[t])).epsilon(1e-4).margin(1e-4 * moved[u]));
                }
            }
        }
}

TEST_CASE("without offset the waveform loss of silence is 1 and that of the target 0") {
    const std::vector<float> target = example_signal(300, 3), silence(300, 0.0f);
    const WaveformEnergies energies = waveform_energies(target, 0);
    std::vector<float> gradient(300, 0.0f);
    CHECK(waveform_loss(target, silence, 0, energies, {}, gradient) == Approx(1.0).epsilon(1e-12));
    gradient.assign(300, 0.0f);
    CHECK(waveform_loss(target, target, 0, energies, {}, gradient) == 0.0);
    CHECK(gradient == silence);
    CHECK_THROWS_AS(waveform_loss(target, silence, 0, energies, {}, std::span(gradient).first(299)),
                    std::invalid_argument);
}
