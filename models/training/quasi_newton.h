#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace continuo {

/// L-BFGS within bounds: minimises a function that is evaluated exactly, from its gradients alone. The
/// curvature that Adam's per-value scales miss, valleys that run across many values, is what stands between a
/// good model and a very good one.
///
/// All state is plain numbers, so that a checkpoint can hold it. Throws nothing of its own.
/// Source: Nocedal and Wright 2006, "Numerical optimization", algorithms 7.4 (two-loop recursion) and 3.1
/// (backtracking); values at a bound are held there while the gradient pushes outwards (section 16.7).
class QuasiNewton {
  public:
    /// Pairs of steps and gradient changes that describe the curvature. Many, because an evaluation costs far
    /// more than they do.
    static constexpr std::size_t memory = 250;
    /// Of them, the newest that stay when the function changes: more would mislead, the line search then
    /// needs half as many evaluations again.
    static constexpr std::size_t kept_pairs = 20;

    /// Evaluates at `values`: returns the loss and fills `gradient`.
    using Evaluate = std::function<double(std::span<const double> values, std::span<double> gradient)>;

    /// Each value stays within lowest[i] and highest[i]. [main-thread] Allocates.
    QuasiNewton(std::vector<double> lowest, std::vector<double> highest)
        : size_(lowest.size()), lowest_(std::move(lowest)), highest_(std::move(highest)) {}

    /// Whether start() has been called.
    bool started() const { return !gradient_.empty(); }
    double loss() const { return loss_; }

    /// Begins at `values`, with a scale for each value: the search runs in values / scale.
    /// [main-thread] Allocates.
    void start(std::span<const double> values, std::vector<double> scale, const Evaluate& evaluate);

    /// Goes on at `values` with another function that bends much as the one so far did: its loss and gradient
    /// are new, the newest curvature stays. [main-thread] Allocates.
    void change_function(std::span<const double> values, const Evaluate& evaluate);

    /// One iteration: a direction from the curvature so far, and a step along it that lowers the loss. False
    /// where none does, even along the plain gradient: the loss has reached its floor in floating point.
    /// \param values  moved to the new point; unchanged where there is none
    /// [main-thread] Allocates. Calls `evaluate` once or a few times.
    bool iterate(std::span<double> values, const Evaluate& evaluate);

    /// All state in one vector, and back. [main-thread] Allocates. unpack() throws std::invalid_argument
    /// where the length is wrong.
    std::vector<double> pack() const;
    void unpack(std::span<const double> state);

  private:
    struct Pair {
        std::vector<double> step, change; ///< of values / scale, of the gradient
        double inverse_product;           ///< 1 / (step · change)
    };

    void evaluate_at(std::span<const double> values, const Evaluate& evaluate);
    std::vector<double> direction(std::span<const double> values) const;
    void remember(std::vector<double> step, std::vector<double> change);

    std::size_t size_;
    std::vector<double> lowest_, highest_;
    double loss_ = 0.0;
    std::vector<double> scale_, gradient_; ///< gradient by values / scale
    std::vector<Pair> pairs_;              ///< oldest first
};

} // namespace continuo
