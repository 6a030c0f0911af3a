#include "dsp/activation.h"

#include "tests/catch.h"

#include <cmath>
#include <limits>

using namespace continuo::dsp;

namespace {
/// With the registers that the compiler may use here; the kernels' own are tested through the stacks.
float approximation(float x) {
    return tanh_approximation(xsimd::batch<float>(x)).get(0);
}
} // namespace

TEST_CASE("tanh is within 5e-7 everywhere, and relatively near zero") {
    double absolute = 0.0, relative = 0.0;
    for (double x = -20.0; x <= 20.0; x += 3.7e-5) {
        const float argument = float(x);
        const double expected = std::tanh(double(argument));
        const double error = std::abs(double(approximation(argument)) - expected);
        absolute = std::max(absolute, error);
        if (std::abs(x) < 7.9 && expected != 0.0)
            relative = std::max(relative, error / std::abs(expected));
    }
    CHECK(absolute < 5e-7);
    CHECK(relative < 5e-7);
}

TEST_CASE("tanh is odd, bounded and exact where it must be") {
    for (float x = 0.0f; x < 12.0f; x += 0.01f) {
        CHECK(approximation(-x) == -approximation(x));
        CHECK(std::abs(approximation(x)) <= 1.0f);
    }
    CHECK(approximation(0.0f) == 0.0f);
    CHECK(std::abs(approximation(std::numeric_limits<float>::infinity())) <= 1.0f);
    CHECK(approximation(1e30f) == Approx(1.0).margin(5e-7));
    CHECK(approximation(1e-20f) == Approx(1e-20).epsilon(1e-6));
}
