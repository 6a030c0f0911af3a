#include "models/training/curvature.h"

#include <stdexcept>

namespace continuo {

namespace {

constexpr float damping = 0.1f;      // of the mean square of the samples
constexpr float least_share = 0.01f; // of the mean diagonal, for a value that hardly matters

} // namespace

Curvature::Curvature(Eigen::MatrixXf samples) : samples_(std::move(samples)) {
    const Eigen::Index count = samples_.cols();
    if (count == 0 || !(samples_.squaredNorm() > 0.0f))
        throw std::invalid_argument("no curvature without samples");
    const Eigen::VectorXf square = samples_.rowwise().squaredNorm() / float(count);
    const Eigen::VectorXf size = square.cwiseSqrt();
    const Eigen::VectorXf shape = (size / size.mean()).array() + least_share;
    inverse_diagonal_ = (damping * square.cwiseQuotient(shape).mean() * shape).cwiseInverse();
    const Eigen::MatrixXf scaled = inverse_diagonal_.cwiseSqrt().asDiagonal() * samples_;
    Eigen::MatrixXf gram = Eigen::MatrixXf::Identity(count, count) * float(count);
    gram.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
    inner_.compute(gram.selfadjointView<Eigen::Lower>());
}

// Woodbury's identity: an inverse as large as there are samples in place of one as large as there are values.
Eigen::VectorXd Curvature::solve(const Eigen::VectorXd& gradient) const {
    const Eigen::VectorXf scaled = inverse_diagonal_.cwiseProduct(gradient.cast<float>());
    const Eigen::VectorXf inner = inner_.solve(samples_.transpose() * scaled);
    return (scaled - inverse_diagonal_.cwiseProduct(samples_ * inner)).cast<double>();
}

} // namespace continuo
