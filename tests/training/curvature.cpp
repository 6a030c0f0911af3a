#include "models/training/curvature.h"

#include "models/training/random.h"
#include "tests/catch.h"

#include <stdexcept>

using namespace continuo;

namespace {

Eigen::MatrixXf random_samples(Eigen::Index values, Eigen::Index count) {
    Random random(4);
    Eigen::MatrixXf samples(values, count);
    for (Eigen::Index i = 0; i < values; ++i) // some values matter a thousand times more than others
        for (Eigen::Index j = 0; j < count; ++j)
            samples(i, j) = float(random.normal() * std::pow(10.0, -3.0 * double(i) / double(values)));
    return samples;
}

} // namespace

TEST_CASE("A curvature solves as the dense matrix in double does", "[training]") {
    for (const Eigen::Index count : {1, 20, 90}) {
        const Eigen::Index values = 60;
        const Eigen::MatrixXf samples = random_samples(values, count);
        const Eigen::MatrixXd exact = samples.cast<double>();
        Eigen::MatrixXd dense = exact * exact.transpose() / double(count);
        const Eigen::VectorXd square = dense.diagonal(), size = square.cwiseSqrt();
        const Eigen::VectorXd shape = (size / size.mean()).array() + 0.01;
        dense.diagonal() += 0.1 * square.cwiseQuotient(shape).mean() * shape;
        const Eigen::VectorXd gradient = random_samples(values, 1).cast<double>();
        const Eigen::VectorXd expected = dense.llt().solve(gradient);
        CHECK((Curvature(samples).solve(gradient) - expected).norm() < 1e-3 * expected.norm());
    }
}

TEST_CASE("There is no curvature without samples", "[training]") {
    CHECK_THROWS_AS(Curvature(Eigen::MatrixXf(5, 0)), std::invalid_argument);
    CHECK_THROWS_AS(Curvature(Eigen::MatrixXf::Zero(5, 3)), std::invalid_argument);
}
