#include "models/training/levenberg_marquardt.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

constexpr int most_attempts = 12;
constexpr double smallest_damping = 1e-9;
// A value whose derivative is nearly zero is hardly known: without a share of the mean it would leap.
constexpr double shared_damping = 1e-3;
// The parabola holds for no more: logarithms of times, weights of order 1.
constexpr double largest_step = 1.5;

} // namespace

bool LevenbergMarquardt::iterate(std::span<double> values, const Linearise& linearise, const Loss& loss) {
    const Linearisation here = linearise(values);
    const Eigen::Index size = here.gradient.size();
    loss_ = here.loss;
    const std::vector<double> start(values.begin(), values.end());
    Eigen::VectorXd gradient = here.gradient, diagonal = here.matrix.diagonal();
    diagonal.array() += shared_damping * diagonal.mean() + 1e-30;
    // What pushes against its bound stays there.
    std::vector<bool> held(start.size());
    for (Eigen::Index i = 0; i < size; ++i) {
        const auto at = std::size_t(i);
        held[at] = (start[at] <= lowest_[at] && gradient[i] > 0.0) ||
                   (start[at] >= highest_[at] && gradient[i] < 0.0);
        if (held[at])
            gradient[i] = 0.0;
    }
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        Eigen::MatrixXd matrix = here.matrix;
        matrix.diagonal() += damping_ * diagonal;
        for (Eigen::Index i = 0; i < size; ++i)
            if (held[std::size_t(i)]) {
                matrix.row(i).setZero();
                matrix.col(i).setZero();
                matrix(i, i) = 1.0;
            }
        Eigen::VectorXd step = -matrix.ldlt().solve(gradient);
        if (const double longest = step.cwiseAbs().maxCoeff(); longest > largest_step)
            step *= largest_step / longest;
        for (Eigen::Index i = 0; i < size; ++i) {
            const auto at = std::size_t(i);
            values[at] = std::clamp(start[at] + step[i], lowest_[at], highest_[at]);
            step[i] = values[at] - start[at];
        }
        const double expected = -step.dot(gradient) - 0.5 * step.dot(here.matrix * step);
        const double reached = loss(values);
        if (std::isfinite(reached) && reached < here.loss && expected > 0.0) {
            const double ratio = (here.loss - reached) / expected;
            damping_ = std::max(smallest_damping,
                                damping_ * std::max(1.0 / 5.0, 1.0 - std::pow(2.0 * ratio - 1.0, 3)));
            growth_ = 2.0;
            loss_ = reached;
            return true;
        }
        damping_ *= growth_;
        growth_ *= 2.0;
    }
    std::copy(start.begin(), start.end(), values.begin());
    damping_ = 1e-2;
    growth_ = 2.0;
    return false;
}

} // namespace continuo
