// A stack at another rate than its own has to sound the same.
#include "dsp/refit.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>

using namespace continuo::dsp;

namespace {

constexpr double tiny = 1e-7; // an impulse that leaves every nonlinearity straight

/// How the stack answers a small impulse, less where it rests, over half a second.
std::vector<double> impulse_response(const StackParameters& parameters, double rate) {
    ReferenceStack stack(parameters, rate);
    const double rest = stack.step(0.0);
    std::vector<double> response{(stack.step(tiny) - rest) / tiny};
    while (double(response.size()) < 0.5 * rate)
        response.push_back((stack.step(0.0) - rest) / tiny);
    return response;
}

std::complex<double> at_frequency(const std::vector<double>& response, double rate, double frequency) {
    std::complex<double> sum = 0.0, turn = 1.0;
    const std::complex<double> step = std::polar(1.0, -2.0 * std::numbers::pi * frequency / rate);
    for (const double value : response) {
        sum += value * turn;
        turn *= step;
    }
    return sum;
}

/// The largest difference in level from 20 Hz to `top`, dB, wherever the stack passes more than a hundredth
/// of what it passes at its loudest.
double worst_level(const StackParameters& parameters, double rate, double top) {
    const std::vector<double> own = impulse_response(parameters, parameters.sample_rate),
                              other = impulse_response(parameters, rate);
    std::vector<std::pair<double, double>> levels;
    for (double frequency = 20.0; frequency <= top; frequency *= 1.09)
        levels.push_back({std::abs(at_frequency(own, parameters.sample_rate, frequency)),
                          std::abs(at_frequency(other, rate, frequency))});
    const double loudest = std::max_element(levels.begin(), levels.end())->first;
    double worst = 0.0;
    for (const auto& [expected, found] : levels)
        if (expected > 0.01 * loudest)
            worst = std::max(worst, std::abs(20.0 * std::log10(found / expected)));
    return worst;
}

/// One layer that is heard through its modes alone, with poles all over the band.
StackParameters layer_to_hear(Activation activation) {
    StackParameters parameters = random_stack({1, 8, 8, 0}, 48000.0, 7);
    for (float& decay : parameters.layers[0].pole_decay)
        decay = std::max(decay, 60.0f); // over within the half second
    for (float& skip : parameters.layers[0].skip)
        skip = 0.0f; // what goes past the modes is the same at every rate
    parameters.activation = activation;
    return parameters;
}

} // namespace

TEST_CASE("at a higher rate the small-signal response stays within 0.15 dB up to 20 kHz") {
    for (const Activation activation : {Activation::tanh, Activation::isru})
        for (const double rate : {88200.0, 96000.0, 176400.0, 384000.0}) {
            INFO(rate << " Hz, " << (activation == Activation::tanh ? "tanh" : "isru"));
            CHECK(worst_level(layer_to_hear(activation), rate, 20000.0) < 0.15);
        }
}

TEST_CASE("up to 4 kHz, where music has most, it stays within 0.015 dB; at 44.1 kHz within 0.2 dB") {
    for (const Activation activation : {Activation::tanh, Activation::isru})
        for (const double rate : {44100.0, 88200.0, 96000.0}) {
            INFO(rate << " Hz, " << (activation == Activation::tanh ? "tanh" : "isru"));
            CHECK(worst_level(layer_to_hear(activation), rate, 4000.0) < (rate > 48000.0 ? 0.015 : 0.2));
        }
}

TEST_CASE("at a lower or a nearby rate it comes close in three fifths of the band") {
    for (const Activation activation : {Activation::tanh, Activation::isru})
        for (const double rate : {22050.0, 32000.0, 44100.0, 50000.0}) {
            INFO(rate << " Hz, " << (activation == Activation::tanh ? "tanh" : "isru"));
            CHECK(worst_level(layer_to_hear(activation), rate, 0.3 * rate) < (rate > 40000.0 ? 0.6 : 3.0));
        }
}

TEST_CASE("at its own rate a model is what was trained, to the bit") {
    const StackParameters parameters = random_stack({2, 8, 4, 0}, 44100.0, 3);
    const DiscreteStack discrete = discretise(parameters, 44100.0);
    for (std::size_t l = 0; l < 2; ++l) {
        const DiscreteModes plain = discretise(parameters.layers[l], 44100.0);
        CHECK(discrete.layers[l].delta_real == plain.delta_real);
        CHECK(discrete.layers[l].readout_imag == plain.readout_imag);
        CHECK(discrete.layers[l].taps.empty());
    }
}

TEST_CASE("a model rests at the same level at every rate") {
    for (const Activation activation : {Activation::tanh, Activation::isru}) {
        StackParameters parameters = random_stack({4, 8, 8, 0}, 48000.0, 31);
        parameters.activation = activation;
        const double rest = ReferenceStack(parameters, 48000.0).step(0.0);
        REQUIRE(std::abs(rest) > 0.01);
        for (const double rate : {22050.0, 44100.0, 96000.0, 384000.0}) {
            INFO(rate << " Hz");
            CHECK(ReferenceStack(parameters, rate).step(0.0) == Approx(rest).epsilon(1e-3));
        }
    }
}

TEST_CASE("nothing above the audio band is louder at a higher rate") {
    const StackParameters parameters = layer_to_hear(Activation::tanh);
    const std::vector<double> own = impulse_response(parameters, 48000.0),
                              other = impulse_response(parameters, 192000.0);
    double loudest = 0.0;
    for (double frequency = 20.0; frequency < 20000.0; frequency *= 1.05)
        loudest = std::max(loudest, std::abs(at_frequency(own, 48000.0, frequency)));
    for (double frequency = 24000.0; frequency < 96000.0; frequency += 800.0)
        CHECK(std::abs(at_frequency(other, 192000.0, frequency)) < loudest);
}
