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

// Its Gauss-Newton matrix, from the derivatives of its residuals.
Curvature curvature_of_valley(std::span<const double> x) {
    const auto count = Eigen::Index(x.size());
    Eigen::MatrixXf samples = Eigen::MatrixXf::Zero(count, count);
    for (Eigen::Index i = 0; i + 1 < count; i += 2) {
        samples(i, i) = float(-2.0 * x[std::size_t(i)]);
        samples(i + 1, i) = 1.0f;
        samples.col(i) *= std::sqrt(200.0f * float(count));
        samples(i, i + 1) = std::sqrt(2.0f * float(count));
    }
    return Curvature(samples);
}

// A wrong one: alike in all directions.
Curvature round_curvature(std::span<const double> x) {
    return Curvature(Eigen::MatrixXf::Identity(Eigen::Index(x.size()), Eigen::Index(x.size())));
}

template <class Evaluate>
bool iterate(QuasiNewton& search, std::vector<double>& x, const Evaluate& evaluate) {
    const bool fresh = search.wants_curvature();
    if (fresh)
        search.set_curvature(curvature_of_valley(x));
    return search.iterate(x, evaluate) || !fresh;
}

QuasiNewton unbounded(std::size_t size) {
    return {std::vector<double>(size, -1e300), std::vector<double>(size, 1e300)};
}

} // namespace

TEST_CASE("The bottom of a curved valley is found, and every iteration goes down", "[training]") {
    std::vector<double> x{-1.2, 1.0, -0.5, 0.8, 2.0, -1.0};
    QuasiNewton search = unbounded(x.size());
    CHECK(!search.started());
    search.start(x, valley);
    double loss = search.loss();
    int iterations = 0;
    while (iterations < 300 && search.loss() > 1e-18 && iterate(search, x, valley)) {
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
    search.start(x, valley);
    CHECK(!iterate(search, x, valley));
    CHECK(x == std::vector<double>(4, 1.0));
}

TEST_CASE("A search that was packed goes on with the same bits", "[training]") {
    std::vector<double> x{-1.2, 1.0, -0.5, 2.0}, y = x;
    QuasiNewton whole = unbounded(4), part = unbounded(4);
    whole.start(x, valley);
    part.start(y, valley);
    for (int i = 0; i < 20; ++i) {
        iterate(whole, x, valley);
        QuasiNewton next = unbounded(4);
        next.unpack(part.pack());
        iterate(next, y, valley);
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
    search.start(x, valley);
    for (int i = 0; i < 300 && iterate(search, x, valley); ++i)
        REQUIRE(x[0] <= 0.5);
    CHECK(x[0] == 0.5);
    CHECK(x[1] == Approx(0.25).epsilon(1e-6));
    CHECK(x[2] == Approx(1.0).epsilon(1e-6));
    CHECK(x[3] == Approx(1.0).epsilon(1e-6));
}

TEST_CASE("Where the curvature is wrong, the steps and gradients since make up for it", "[training]") {
    std::vector<double> x{-1.2, 1.0, -0.5, 0.8};
    QuasiNewton search = unbounded(4);
    search.start(x, valley);
    int curvatures = 0, iterations = 0;
    while (search.loss() > 1e-12 && ++iterations < 1000) {
        if (search.wants_curvature()) {
            search.set_curvature(round_curvature(x));
            ++curvatures;
        }
        search.iterate(x, valley);
    }
    CHECK(search.loss() <= 1e-12);
    CHECK(curvatures > 1);
}

TEST_CASE("A search asks for a curvature when it starts, after a while, and where it is stuck",
          "[training]") {
    std::vector<double> x{-1.2, 1.0};
    QuasiNewton search = unbounded(2);
    search.start(x, valley);
    CHECK(search.wants_curvature());
    search.set_curvature(curvature_of_valley(x));
    for (std::size_t i = 0; i < QuasiNewton::iterations_per_curvature; ++i) {
        CHECK(!search.wants_curvature());
        search.iterate(x, valley);
    }
    CHECK(search.wants_curvature());
    search.set_curvature(curvature_of_valley(x));
    CHECK(!search.wants_curvature());
    search.start(x, valley);
    CHECK(search.wants_curvature());
    x = {1.0, 1.0}; // the bottom
    search.start(x, valley);
    search.set_curvature(curvature_of_valley(x));
    CHECK(!search.iterate(x, valley));
    CHECK(search.wants_curvature());
}
