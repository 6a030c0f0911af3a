#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <cmath>
#include <limits>

using namespace continuo::dsp;

TEST_CASE("a knob reaches its target in a straight line of 20 ms") {
    KnobRamp ramp(1, 48000.0);
    ramp.jump(std::vector<float>{0.25f});
    CHECK_FALSE(ramp.moving());
    ramp.aim(std::vector<float>{0.75f});
    float previous = 0.25f;
    for (int i = 0; i < 960; ++i) {
        REQUIRE(ramp.moving());
        const float value = ramp.advance()[0];
        REQUIRE(value - previous == Approx(0.5 / 960.0).epsilon(1e-2));
        previous = value;
    }
    CHECK_FALSE(ramp.moving());
    CHECK(ramp.values()[0] == 0.75f);
    ramp.aim(std::vector<float>{0.75f});
    CHECK_FALSE(ramp.moving());
}

TEST_CASE("knobs outside their range are clamped and what is not a number is ignored") {
    KnobRamp ramp(3, 48000.0);
    ramp.jump(std::vector<float>{0.5f, 0.5f, 0.5f});
    ramp.jump(std::vector<float>{-3.0f, 7.0f, std::numeric_limits<float>::quiet_NaN()});
    CHECK(ramp.values()[0] == 0.0f);
    CHECK(ramp.values()[1] == 1.0f);
    CHECK(ramp.values()[2] == 0.5f);
    ramp.jump(std::vector<float>{0.3f}); // too few: the others stay
    CHECK(ramp.values()[0] == 0.3f);
    CHECK(ramp.values()[1] == 1.0f);
}

TEST_CASE("a knob turned and left alone ends where a reset with it begins") {
    const StackParameters parameters = random_stack({2, 8, 4, 1}, 48000.0, 8);
    for (const InstructionSet set : available_instruction_sets()) {
        StreamingStack turned(parameters, 48000.0, set), reset(parameters, 48000.0, set);
        const float before = turned.step(0.0f);
        turned.set_knobs(std::vector<float>{1.0f});
        const std::vector<float> output = run(turned, std::vector<float>(40 * 48000, 0.0f), 64);
        reset.reset(std::vector<float>{1.0f});
        INFO(name(set));
        CHECK(output.back() == Approx(reset.step(0.0f)).margin(2e-6));
        CHECK(std::abs(output.back() - before) > 1e-3f); // the knob does something
        for (std::size_t i = 1; i < output.size(); ++i)
            if (std::abs(output[i] - output[i - 1]) > 0.01f)
                FAIL("the output jumps at sample " << i);
    }
}
