#include "models/training/schedule.h"

#include "tests/catch.h"

#include <algorithm>

using namespace continuo;

namespace {
constexpr std::size_t little = 20 * 48000, much = 120 * 48000; // samples
}

TEST_CASE("Cycles share out the whole training and begin from something", "[training]") {
    for (const auto& cycles : {cycles_from_scratch(little), cycles_from_scratch(much), cycles_from_model()}) {
        double sum = 0.0;
        for (const Cycle& cycle : cycles)
            sum += cycle.share;
        CHECK(sum == Approx(1.0).epsilon(1e-12));
    }
    CHECK(cycles_from_scratch(much).front().origin == Cycle::Origin::fresh);
    CHECK(cycles_from_model().front().origin == Cycle::Origin::best);
}

TEST_CASE("Little audio gets two starts, much audio one", "[training]") {
    const auto starts = [](std::size_t samples) {
        const auto cycles = cycles_from_scratch(samples);
        return std::count_if(cycles.begin(), cycles.end(),
                             [](const Cycle& cycle) { return cycle.origin == Cycle::Origin::fresh; });
    };
    CHECK(starts(little) == 2);
    CHECK(starts(much) == 1);
}

TEST_CASE("The learning rate rises over 50 steps, then falls to its last value", "[training]") {
    const Cycle cycle{Method::adam, Cycle::Origin::fresh, 1.0, 0.02, 0.05, 1000, 0};
    CHECK(learning_rate(cycle, 0.0, 0) == Approx(0.02 / 50));
    CHECK(learning_rate(cycle, 0.0, 49) == Approx(0.02));
    CHECK(learning_rate(cycle, 0.5, 1000) == Approx(0.02 * (0.05 + 0.95 * 0.5)));
    CHECK(learning_rate(cycle, 1.0, 1000) == Approx(0.001));
    CHECK(learning_rate(cycle, 1.5, 1000) == Approx(0.001));
}
