#include "models/training/quasi_newton.h"

#include "tests/catch.h"

#include <cmath>
#include <stdexcept>

using namespace continuo;

namespace {

// Rosenbrock's valley in pairs of values: curved, steep across, flat along; least, 0, at 1 everywhere.
double valley(std::span<const double> x, std::span<double> gradient) {
    double loss = 0.0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::size_t i = 0; i + 1 < x.size(); i += 2) {
        const double across = x[i + 1] - x[i] * x[i], along = 1.0 - x[i];
        loss += 100.0 * across * across + along * along;
        gradient[i] += -400.0 * x[i] * across - 2.0 * along;
        gradient[i + 1] += 200.0 * across;
    }
    return loss;
}

} // namespace

TEST_CASE("The bottom of a curved valley is found, and every iteration goes down", "[training]") {
    std::vector<double> x{-1.2, 1.0, -0.5, 0.8, 2.0, -1.0};
    QuasiNewton search(x.size());
    CHECK(!search.started());
    search.start(x, {1.0, 0.5, 1.0, 2.0, 1.0, 1.0}, valley);
    double loss = search.loss();
    int iterations = 0;
    while (iterations < 300 && search.loss() > 1e-18 && search.iterate(x, valley)) {
        CHECK(search.loss() <= loss);
        loss = search.loss();
        ++iterations;
    }
    CHECK(iterations < 200);
    for (const double value : x)
        CHECK(value == Approx(1.0).epsilon(1e-7));
}

TEST_CASE("At the bottom there is no way on, and the values stay", "[training]") {
    std::vector<double> x(4, 1.0);
    QuasiNewton search(x.size());
    search.start(x, std::vector<double>(4, 1.0), valley);
    CHECK(!search.iterate(x, valley));
    CHECK(x == std::vector<double>(4, 1.0));
}

TEST_CASE("A search that was packed goes on with the same bits", "[training]") {
    std::vector<double> x{-1.2, 1.0, -0.5, 2.0}, y = x;
    QuasiNewton whole(4), part(4);
    whole.start(x, {1.0, 1.0, 0.7, 1.0}, valley);
    part.start(y, {1.0, 1.0, 0.7, 1.0}, valley);
    for (int i = 0; i < 20; ++i) {
        whole.iterate(x, valley);
        QuasiNewton next(4);
        next.unpack(part.pack());
        next.iterate(y, valley);
        part = next;
    }
    CHECK(x == y);
    QuasiNewton empty(4);
    empty.unpack(QuasiNewton(4).pack());
    CHECK(!empty.started());
    CHECK_THROWS_AS(empty.unpack(std::vector<double>(10)), std::invalid_argument);
}
