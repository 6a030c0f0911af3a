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

QuasiNewton unbounded(std::size_t size) {
    return {std::vector<double>(size, -1e300), std::vector<double>(size, 1e300)};
}

} // namespace

TEST_CASE("The bottom of a curved valley is found, and every iteration goes down", "[training]") {
    std::vector<double> x{-1.2, 1.0, -0.5, 0.8, 2.0, -1.0};
    QuasiNewton search = unbounded(x.size());
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
    QuasiNewton search = unbounded(x.size());
    search.start(x, std::vector<double>(4, 1.0), valley);
    CHECK(!search.iterate(x, valley));
    CHECK(x == std::vector<double>(4, 1.0));
}

TEST_CASE("A search that was packed goes on with the same bits", "[training]") {
    std::vector<double> x{-1.2, 1.0, -0.5, 2.0}, y = x;
    QuasiNewton whole = unbounded(4), part = unbounded(4);
    whole.start(x, {1.0, 1.0, 0.7, 1.0}, valley);
    part.start(y, {1.0, 1.0, 0.7, 1.0}, valley);
    for (int i = 0; i < 20; ++i) {
        whole.iterate(x, valley);
        QuasiNewton next = unbounded(4);
        next.unpack(part.pack());
        next.iterate(y, valley);
        part = next;
    }
    CHECK(x == y);
    QuasiNewton empty = unbounded(4);
    empty.unpack(unbounded(4).pack());
    CHECK(!empty.started());
    CHECK_THROWS_AS(empty.unpack(std::vector<double>(10)), std::invalid_argument);
}

TEST_CASE("Within bounds the lowest point there is found", "[training]") {
    // x[0] may not exceed 0.5: the valley is lowest at (0.5, 0.25) then; x[2] is not hindered
    std::vector<double> x{-1.2, 1.0, -0.5, 0.8};
    QuasiNewton search({-2.0, -2.0, -2.0, -2.0}, {0.5, 2.0, 2.0, 2.0});
    search.start(x, {1.0, 0.5, 1.0, 2.0}, valley);
    for (int i = 0; i < 300 && search.iterate(x, valley); ++i)
        REQUIRE(x[0] <= 0.5);
    CHECK(x[0] == 0.5);
    CHECK(x[1] == Approx(0.25).epsilon(1e-6));
    CHECK(x[2] == Approx(1.0).epsilon(1e-6));
    CHECK(x[3] == Approx(1.0).epsilon(1e-6));
}

TEST_CASE("The curvature of one function helps with another that bends alike", "[training]") {
    const auto tilted = [](std::span<const double> x, std::span<double> gradient) {
        const double loss = valley(x, gradient) + 1e-3 * x[0];
        gradient[0] += 1e-3;
        return loss;
    };
    const auto evaluations_from = [&](bool keep) {
        std::vector<double> x{-1.2, 1.0, -0.5, 0.8, 2.0, -1.0};
        const std::vector<double> scale(6, 1.0);
        QuasiNewton search = unbounded(6);
        search.start(x, scale, valley);
        while (search.loss() > 1e-10)
            REQUIRE(search.iterate(x, valley));
        int evaluations = 0;
        const auto counted = [&](std::span<const double> values, std::span<double> gradient) {
            ++evaluations;
            return tilted(values, gradient);
        };
        if (keep)
            search.change_function(x, counted);
        else
            search.start(x, scale, counted);
        std::vector<double> gradient(6, 1.0);
        const auto steep = [&] {
            tilted(x, gradient);
            double square = 0.0;
            for (const double value : gradient)
                square += value * value;
            return square > 1e-14;
        };
        while (steep())
            REQUIRE(search.iterate(x, counted));
        return evaluations;
    };
    CHECK(evaluations_from(true) < evaluations_from(false));
}
