#pragma once

#include "models/training/curvature.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace continuo {

/// L-BFGS within bounds that starts from a Gauss-Newton matrix: minimises a function that is evaluated
/// exactly. The curvature, which Adam's per-value scales miss, is what stands between a good model and a very
/// good one. The Gauss-Newton matrix knows most of it at once; the pairs of L-BFGS add what its samples left
/// out.
///
/// All state is plain numbers, so that a checkpoint can hold it. Throws nothing of its own.
/// Source: Nocedal and Wright 2006, "Numerical optimization", algorithms 7.4 (two-loop recursion) and 3.1
/// (backtracking); values at a bound are held there while the gradient pushes outwards (section 16.7).
class QuasiNewton {
  public:
    /// How long a curvature holds: the loss is far from a parabola. Measured: docs/training.md.
    static constexpr std::size_t iterations_per_curvature = 10;

    /// Evaluates at `values`: returns the loss and fills `gradient`.
    using Evaluate = std::function<double(std::span<const double> values, std::span<double> gradient)>;

    /// Each value stays within lowest[i] and highest[i]. [main-thread] Allocates.
    QuasiNewton(std::vector<double> lowest, std::vector<double> highest)
        : size_(lowest.size()), lowest_(std::move(lowest)), highest_(std::move(highest)) {}

    /// Whether start() has been called.
    bool started() const { return !gradient_.empty(); }
    double loss() const { return loss_; }

    /// Begins at `values`. [main-thread] Allocates.
    void start(std::span<const double> values, const Evaluate& evaluate);

    /// Whether iterate() needs a curvature at the values of now: after start(), when the last one has served
    /// its time, and where it led nowhere.
    bool wants_curvature() const { return !curvature_ || age_ >= iterations_per_curvature; }
    /// \param curvature  of the function, with a row for each value. [main-thread] Allocates.
    void set_curvature(Curvature curvature);

    /// One iteration: a direction from the curvature so far, and a step along it that lowers the loss. False
    /// where none does: with a fresh curvature, the loss has reached its floor in floating point.
    /// \param values  moved to the new point; unchanged where there is none
    /// [main-thread] Allocates. Calls `evaluate` once or a few times. set_curvature() must have been called.
    bool iterate(std::span<double> values, const Evaluate& evaluate);

    /// All state in one vector, and back. [main-thread] Allocates. unpack() throws std::invalid_argument
    /// where the length is wrong.
    std::vector<double> pack() const;
    void unpack(std::span<const double> state);

  private:
    struct Pair {
        std::vector<double> step, change; ///< of values, of the gradient
        double inverse_product;           ///< 1 / (step · change)
    };

    std::vector<double> direction(std::span<const double> values) const;
    void remember(std::vector<double> step, std::vector<double> change);

    std::size_t size_;
    std::vector<double> lowest_, highest_;
    double loss_ = 0.0;
    std::vector<double> gradient_;
    std::optional<Curvature> curvature_;
    std::size_t age_ = 0;     ///< iterations with this curvature
    std::vector<Pair> pairs_; ///< since this curvature, oldest first
};

} // namespace continuo
