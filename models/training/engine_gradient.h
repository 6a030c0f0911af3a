#pragma once

#include "dsp/stack_parameters.h"
#include "models/operations/equilibrium.h"
#include "models/operations/parameter_layout.h"
#include "models/operations/stack_gradient.h"
#include "models/parallel/gradient_engine.h"
#include "models/training/worker_pool.h"

#include <Eigen/Core>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace continuo {

/// Losses and gradients of many sequences by a parallel::GradientEngine. The engine does what there is to do
/// for every sample; here, in double, is what is done once per setting of the knobs: coefficients and the
/// state at rest before, the derivative through that state and the chain rule to the learned values after.
class EngineGradient {
  public:
    /// One setting of the knobs for each recording, or a single empty one.
    using Settings = std::vector<std::span<const float>>;

    /// \param engine  not null, made for stacks of `shape`. [main-thread] Allocates.
    EngineGradient(std::unique_ptr<parallel::GradientEngine> engine, const dsp::StackShape& shape);

    /// The sum of the sequences' losses, and its derivative by the learned values in `gradient`
    /// (ParameterLayout order). [main-thread] Allocates. Throws as GradientEngine::run() does.
    ///
    /// \param sequences  in any order; `setting` is an index into `settings`
    double sum(const dsp::StackParameters& stack, const Settings& settings,
               const std::vector<parallel::GradientSequence>& sequences, std::span<double> gradient);

    /// The derivative of each sequence's output along its random direction, a column for each.
    /// [main-thread] Allocates; the pool's threads work. Throws as GradientEngine::run() does.
    Eigen::MatrixXf along_signs(const dsp::StackParameters& stack, const Settings& settings,
                                const std::vector<parallel::GradientSequence>& sequences, WorkerPool& pool);

  private:
    struct Answer {
        std::vector<std::size_t> order;                  ///< of the sequences as the engine got them
        std::vector<std::size_t> settings;               ///< those that occur, ascending
        std::vector<operations::PreparedStack> prepared; ///< for each of them
        std::vector<std::size_t> prepared_of;            ///< for each sequence as the engine got them
        std::vector<double> losses, sums, adjoints;
    };
    Answer ask(const dsp::StackParameters& stack, const Settings& settings,
               const std::vector<parallel::GradientSequence>& sequences, bool along_signs);
    /// Adds what a row of sums comes to. `equilibrium` has been solved, or is null where nothing flows into
    /// it.
    void add_row(const dsp::StackParameters& stack, const operations::PreparedStack& prepared,
                 std::span<const float> knobs, std::span<double> sums, const double* adjoints,
                 operations::Equilibrium* equilibrium, std::span<double> gradient) const;

    std::unique_ptr<parallel::GradientEngine> engine_;
    operations::ParameterLayout learned_;
    operations::StackLayout layout_;
    operations::CoefficientSumLayout sums_;
    std::size_t state_size_; ///< of all layers
};

} // namespace continuo
