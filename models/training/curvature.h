#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace continuo {

/// How a least-squares loss bends, as far as a few hundred samples of it tell: the Gauss-Newton matrix G as
/// the mean of g·gᵀ over samples g, plus a diagonal D that stands for all that they do not show. The loss of
/// a model bends a million times more along some directions than along others, and each of them runs across
/// many values; most of that lies in few directions, so that few samples find it.
///
/// D is a share of the samples' mean square, larger for values whose derivatives are large.
///
/// Source: Levenberg 1944, "A method for the solution of certain non-linear problems in least squares" (the
/// diagonal); Pilanci, Wainwright 2017, "Newton sketch" (the samples). The share is measured:
/// docs/training.md.
class Curvature {
  public:
    /// [main-thread] Allocates. Throws std::invalid_argument where there are no samples, or all are 0.
    ///
    /// \param samples  one in each column, each with a row for every learned value; finite
    explicit Curvature(Eigen::MatrixXf samples);

    /// (G + D)⁻¹ gradient: the Gauss-Newton step, but for its sign. [main-thread] Allocates.
    Eigen::VectorXd solve(const Eigen::VectorXd& gradient) const;

    const Eigen::MatrixXf& samples() const { return samples_; }

  private:
    Eigen::MatrixXf samples_;
    Eigen::VectorXf inverse_diagonal_; ///< 1 / D
    Eigen::LLT<Eigen::MatrixXf> inner_; ///< of M·I + gᵀ D⁻¹ g, a row and a column for each of the M samples
};

} // namespace continuo
