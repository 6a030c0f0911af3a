#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <algorithm>
#include <cmath>

using namespace continuo::dsp;

namespace {

void stays_at_rest(const StackParameters& parameters, double rate) {
    const std::vector<float> knobs{0.2f, 0.9f};
    ReferenceStack reference(parameters, rate);
    reference.reset(knobs);
    const double rest = reference.step(0.0);
    for (int i = 0; i < 1000; ++i)
        REQUIRE(std::abs(reference.step(0.0) - rest) < 1e-12);
    REQUIRE(std::abs(rest) > 0.01); // the model rests away from zero, so a wrong equilibrium would show

    const std::vector<float> silence(200000, 0.0f);
    for (const InstructionSet set : available_instruction_sets()) {
        StreamingStack stack(parameters, rate, set);
        run(stack, test_signal(1000, 5), 64);
        stack.reset(knobs);
        const std::vector<float> output = run(stack, silence, 512);
        const auto [low, high] = std::minmax_element(output.begin(), output.end());
        INFO(name(set) << ": from " << *low << " to " << *high << ", rest " << rest);
        CHECK(std::abs(double(*low) - rest) < 2e-6);
        CHECK(std::abs(double(*high) - rest) < 2e-6);
    }
}

} // namespace

TEST_CASE("a reset stack stays where it is in silence") {
    StackParameters parameters = random_stack({4, 8, 8, 2}, 48000.0, 31);
    for (const Activation activation : {Activation::tanh, Activation::isru})
        for (const double rate : {48000.0, 88200.0}) {
            parameters.activation = activation;
            stays_at_rest(parameters, rate);
        }
}

TEST_CASE("silence after a signal ends where a reset begins") {
    const double rate = 48000.0;
    StackParameters parameters = random_stack({2, 8, 6, 0}, rate, 17);
    for (LayerParameters& layer : parameters.layers)
        for (float& decay : layer.pole_decay)
            decay = std::max(decay, 5.0f); // 0.2 s: 20 time constants fit below
    for (const InstructionSet set : available_instruction_sets()) {
        StreamingStack stack(parameters, rate, set);
        const float rest = stack.step(0.0f);
        run(stack, test_signal(4000, 6), 64);
        const std::vector<float> output = run(stack, std::vector<float>(4 * 48000, 0.0f), 512);
        INFO(name(set));
        CHECK(std::abs(output.front() - rest) > 1e-3f); // the signal did move it
        CHECK(std::abs(output.back() - rest) < 2e-6f);
    }
}
