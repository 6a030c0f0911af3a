#include "models/training/adam.h"

#include "tests/catch.h"

#include <limits>

using namespace continuo;

TEST_CASE("Adam's first steps are those of the published algorithm", "[training]") {
    Adam adam(2);
    std::vector<double> values{1.0, -2.0};
    adam.step(std::vector<double>{0.5, -4.0}, 0.1, values);
    // After one step m̂ = g and v̂ = g², so that each value moves by the rate against the sign.
    CHECK(values[0] == Approx(0.9).epsilon(1e-9));
    CHECK(values[1] == Approx(-1.9).epsilon(1e-9));

    adam.step(std::vector<double>{1.0, 0.0}, 0.1, values);
    // m = .1·.5·.9 + .1·1 = .145, m̂ = .145 / (1 − .81); v = .01·.25·.99 + .01·1 = .012475, v̂ = v / (1 −
    // .9801)
    CHECK(values[0] == Approx(0.9 - 0.1 * (0.145 / 0.19) / std::sqrt(0.012475 / 0.0199)).epsilon(1e-9));
}

TEST_CASE("Clipping keeps a gradient's direction, and drops a broken one", "[training]") {
    std::vector<double> gradient{3.0, 4.0};
    CHECK(clip_norm(gradient, 1.0) == Approx(5.0));
    CHECK(gradient[0] == Approx(0.6));
    CHECK(gradient[1] == Approx(0.8));
    CHECK(clip_norm(gradient, 2.0) == Approx(1.0));
    CHECK(gradient[0] == Approx(0.6));
    gradient[1] = std::numeric_limits<double>::quiet_NaN();
    clip_norm(gradient, 1.0);
    CHECK(gradient == std::vector<double>{0.0, 0.0});
}
