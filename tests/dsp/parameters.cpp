#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <functional>
#include <limits>
#include <stdexcept>

using namespace continuo::dsp;

TEST_CASE("a stack that cannot run is refused before it is built") {
    const StackParameters good = random_stack({2, 4, 3, 1}, 48000.0, 1);
    REQUIRE_NOTHROW(validate(good));
    const std::vector<std::pair<std::string, std::function<void(StackParameters&)>>> damages{
        {"no layers", [](StackParameters& s) { s.shape.layers = 0, s.layers.clear(); }},
        {"no channels", [](StackParameters& s) { s.shape.channels = 0; }},
        {"too many modes", [](StackParameters& s) { s.shape.modes = 65; }},
        {"too many knobs", [](StackParameters& s) { s.shape.knobs = 17; }},
        {"a layer is missing", [](StackParameters& s) { s.layers.pop_back(); }},
        {"a tensor is short", [](StackParameters& s) { s.layers[1].gate.pop_back(); }},
        {"a tensor is long", [](StackParameters& s) { s.encoder.push_back(0.0f); }},
        {"not a number",
         [](StackParameters& s) { s.layers[0].mixing[3] = std::numeric_limits<float>::quiet_NaN(); }},
        {"infinite", [](StackParameters& s) { s.output_scale = std::numeric_limits<float>::infinity(); }},
        {"a pole that stays", [](StackParameters& s) { s.layers[0].pole_decay[0] = 0.0f; }},
        {"a pole that grows", [](StackParameters& s) { s.layers[0].pole_decay[0] = -1.0f; }},
        {"a pole above Nyquist", [](StackParameters& s) { s.layers[0].pole_frequency[0] = 160000.0f; }},
        {"a negative frequency", [](StackParameters& s) { s.layers[0].pole_frequency[0] = -1.0f; }},
        {"no sample rate", [](StackParameters& s) { s.sample_rate = 0.0; }},
    };
    for (const auto& [what, damage] : damages) {
        StackParameters broken = good;
        damage(broken);
        INFO(what);
        CHECK_THROWS_AS(validate(broken), std::invalid_argument);
        CHECK_THROWS_AS(StreamingStack(broken, 48000.0), std::invalid_argument);
        CHECK_THROWS_AS(ReferenceStack(broken, 48000.0), std::invalid_argument);
    }
    for (const double rate : {0.0, -1.0, 999.0, 2e6, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS(StreamingStack(good, rate), std::invalid_argument);
}

TEST_CASE("the tiers have the parameters that their names promise") {
    CHECK(parameter_count({2, 8, 4, 0}) == 577);
    CHECK(parameter_count({4, 8, 8, 0}) == 1649);
    CHECK(parameter_count({8, 8, 8, 0}) == 3281);
    CHECK(parameter_count({8, 16, 8, 0}) == 8609);
}
