#pragma once

#include <Eigen/Core>

#include <functional>
#include <span>
#include <vector>

namespace continuo {

/// A least-squares loss and what Gauss and Newton make of it at one point.
struct Linearisation {
    double loss = 0.0;
    Eigen::VectorXd gradient;
    Eigen::MatrixXd matrix; ///< positive semi-definite, near the second derivative
};

/// Minimises a least-squares loss within bounds, where the Gauss-Newton matrix is at hand: a few hundred
/// values. Damped steps, whose damping falls where the loss follows the parabola and rises where it does not.
///
/// Throws nothing of its own. Source: Levenberg 1944 and Marquardt 1963; the rule for the damping: Madsen,
/// Nielsen, Tingleff 2004, "Methods for non-linear least squares problems", algorithm 3.16.
class LevenbergMarquardt {
  public:
    /// The loss at `values`, the sum that linearise() would find but for rounding.
    using Loss = std::function<double(std::span<const double> values)>;
    using Linearise = std::function<Linearisation(std::span<const double> values)>;

    /// Each value stays within lowest[i] and highest[i]. [main-thread] Allocates.
    LevenbergMarquardt(std::vector<double> lowest, std::vector<double> highest)
        : lowest_(std::move(lowest)), highest_(std::move(highest)) {}

    /// One step that lowers the loss. False where none does: the minimum has been reached in floating point.
    ///
    /// [main-thread] Allocates. Calls `linearise` once, `loss` once or a few times.
    /// \param values  moved to the new point; unchanged where there is none
    bool iterate(std::span<double> values, const Linearise& linearise, const Loss& loss);

    /// After the last iteration.
    double loss() const { return loss_; }

  private:
    std::vector<double> lowest_, highest_;
    double damping_ = 1e-2, growth_ = 2.0, loss_ = 0.0;
};

} // namespace continuo
