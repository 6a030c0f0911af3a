#include "tests/dsp/stacks.h"

#include "dsp/input_guard.h"

#include "tests/catch.h"

#include <cmath>
#include <limits>

using namespace continuo::dsp;

namespace {

/// Half of the smallest normal number: zero exactly where denormals are flushed.
float half_of_smallest() {
    volatile float smallest = std::numeric_limits<float>::min();
    volatile float half = smallest * 0.5f;
    return half;
}

/// Everything that decays does so towards zero: no bias anywhere, poles of some milliseconds.
StackParameters stack_without_bias() {
    StackParameters parameters = random_stack({2, 8, 4, 0}, 48000.0, 12);
    parameters.decoder_bias = 0.0f;
    for (LayerParameters& layer : parameters.layers) {
        layer.mixing_bias.assign(layer.mixing_bias.size(), 0.0f);
        for (float& decay : layer.pole_decay)
            decay = std::max(decay, 100.0f);
    }
    return parameters;
}

} // namespace

TEST_CASE("input that is not finite counts as silence, and the output recovers") {
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();
    CHECK(guarded_input(nan) == 0.0f);
    CHECK(guarded_input(infinity) == 0.0f);
    CHECK(guarded_input(-infinity) == 0.0f);
    CHECK(guarded_input(1e30f) == 1000.0f);
    CHECK(guarded_input(-1e30f) == -1000.0f);
    CHECK(guarded_input(-0.75f) == -0.75f);

    const StackParameters parameters = random_stack({4, 8, 8, 0}, 48000.0, 2);
    std::vector<float> broken = test_signal(3000, 7), guarded = broken;
    const std::vector<float> junk{nan, -nan, infinity, -infinity, 1e30f, -3e38f, 1e-42f};
    for (std::size_t i = 0; i < 500; ++i) {
        broken[700 + i] = junk[i % junk.size()];
        guarded[700 + i] = guarded_input(broken[700 + i]);
    }
    for (const InstructionSet set : available_instruction_sets()) {
        StreamingStack stack(parameters, 48000.0, set), same(parameters, 48000.0, set);
        const std::vector<float> output = run(stack, broken, 64);
        INFO(name(set));
        for (const float value : output)
            REQUIRE(std::isfinite(value));
        CHECK(output == run(same, guarded, 64));
    }
}

TEST_CASE("silence after a signal leaves no denormal numbers") {
    const StackParameters parameters = stack_without_bias();
    for (const InstructionSet set : available_instruction_sets()) {
        StreamingStack stack(parameters, 48000.0, set);
        run(stack, test_signal(2000, 3), 64);
        const std::vector<float> output = run(stack, std::vector<float>(3 * 48000, 0.0f), 64);
        std::size_t denormal = 0;
        for (const float value : output)
            denormal += std::fpclassify(value) == FP_SUBNORMAL ? 1 : 0;
        INFO(name(set));
        CHECK(std::abs(output.front()) > 1e-6f);
        CHECK(denormal == 0);
        CHECK(output.back() == 0.0f);
    }
}

TEST_CASE("the floating-point environment of the caller comes back") {
    const StackParameters parameters = random_stack({1, 4, 2, 1}, 48000.0, 2);
    std::vector<float> audio = test_signal(100, 3);
    StreamingStack stack(parameters, 48000.0);
    REQUIRE(half_of_smallest() != 0.0f);
    stack.process(audio.data(), audio.data(), audio.size());
    CHECK(half_of_smallest() != 0.0f);
    stack.step(0.5f);
    CHECK(half_of_smallest() != 0.0f);
    stack.reset(std::vector<float>{0.5f});
    CHECK(half_of_smallest() != 0.0f);
    {
        const ScopedFlushToZero host_flushes;
        REQUIRE(half_of_smallest() == 0.0f);
        stack.process(audio.data(), audio.data(), audio.size());
        CHECK(half_of_smallest() == 0.0f);
    }
    CHECK(half_of_smallest() != 0.0f);
}
