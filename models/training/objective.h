#pragma once

#include "dsp/stack_parameters.h"
#include "models/operations/mr_stft_loss.h"
#include "models/operations/stack_gradient.h"
#include "models/parallel/gradient_engine.h"
#include "models/training/data_set.h"
#include "models/training/energy_table.h"
#include "models/training/engine_gradient.h"
#include "models/training/random.h"
#include "models/training/worker_pool.h"

#include <Eigen/Core>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace continuo {

/// What one step of training looks at.
struct BatchShape {
    std::size_t sequences = 8;
    std::size_t warm_up = 1024; ///< samples that set a sequence's state and are not scored
    std::size_t scored = 8192;  ///< samples after them; both are multiples of operations::state_chunk
};

/// The weights of the terms of the loss.
struct LossWeights {
    double pre_emphasis = 0.5;  ///< share of the pre-emphasised ESR, the plain ESR has the rest
    double segment_share = 0.9; ///< share of a sequence itself in the denominators, its setting has the rest
    double offset = 0.0;        ///< DC term
    double mr_stft = 0.0;       ///< multi-resolution STFT term
};

/// The training audio in the model's own scale, and losses over it with their gradients by the learned
/// values, in ParameterLayout order. The same bits for any number of threads. An engine looks at the same
/// sequences along the same random directions, and gives the same numbers but for rounding.
class Objective {
  public:
    /// Cuts `batch` down where a recording is shorter. [main-thread] Allocates. Throws BadInput, and what
    /// `make_engine` throws.
    ///
    /// \param make_engine  makes what computes the losses and gradients in place of the processor's threads;
    ///     called where parallel::unfit_for_gpu() has no reason. Empty: the threads do
    Objective(const ResolvedDataSet& data, const dsp::StackParameters& scales, const BatchShape& batch,
              WorkerPool& pool, const parallel::MakeGradientEngine& make_engine = {});

    /// Whether an engine computes.
    bool on_engine() const { return engine_ != nullptr; }

    /// The mean loss of one batch of sequences drawn by `random`. Every setting of the knobs counts by its
    /// own power, here and below; where there are no knobs, all audio is one setting. The gradient takes the
    /// states that the warm-up leaves as given: cheaper, and good enough for a step that is noisy anyway.
    /// [main-thread] Allocates; the pool's threads work. Throws std::invalid_argument where an engine is
    /// asked for terms that it does not have: offset, mr_stft.
    double random_batch(const dsp::StackParameters& stack, const LossWeights& weights, Random& random,
                        std::span<double> gradient);

    /// The loss of a fixed selection of all audio: the whole of it is cut into pieces, and every `stride`-th
    /// counts. The gradient is exact, through the warm-up of each piece and the equilibrium before it: a
    /// search along curvature stops far above the minimum where it is only nearly so.
    ///
    /// \param stride  ≥ 1
    ///
    /// [main-thread] Allocates; the pool's threads work.
    double fixed_selection(const dsp::StackParameters& stack, const LossWeights& weights, std::size_t stride,
                           std::span<double> gradient);

    /// Samples of how the loss bends: each column is the derivative, by the learned values, of the model's
    /// output over a random piece of the audio along a random direction, so that the mean of g·gᵀ over them
    /// is the Gauss-Newton matrix of fixed_selection() in the mean. Exact as its gradient is.
    /// [main-thread] Allocates; the pool's threads work.
    Eigen::MatrixXf curvature_samples(const dsp::StackParameters& stack, const LossWeights& weights,
                                      std::size_t count, Random& random);

    /// Samples of training audio that are scored. [any-thread]
    std::size_t samples() const { return total_; }

    /// The stride at which fixed_selection() covers at most about `samples` samples.
    std::size_t stride_for(std::size_t samples) const { return (total_ - 1) / samples + 1; }

    /// How many random batches cost as much as one fixed_selection(). At least 1.
    std::size_t batches_in_selection(std::size_t stride) const;

  private:
    struct Audio {
        std::vector<float> dry, wet;
        std::size_t first = 0;     ///< samples before the first that is scored
        std::size_t on_engine = 0; ///< where it begins in the engine's audio
        std::span<const float> knobs;
        operations::WaveformEnergies power{1.0, 1.0}; ///< mean of a sample, over all audio of its setting

        /// Where the first random sequence begins, and how many may begin from there on.
        std::size_t first_start(const BatchShape& batch) const;
        std::size_t starts(const BatchShape& batch) const;
    };
    struct Worker {
        operations::SequenceWorkspace workspace;
        operations::MrStftLoss mr_stft;
        std::vector<float> output, output_gradient;
    };
    struct Sequence {
        std::size_t recording, begin, warm_up, scored;
        std::size_t
            derived_from; ///< what came before counts as given, not as an effect of the learned values
        double weight;    ///< of its loss in the sum
    };

    /// All audio, cut.
    std::vector<Sequence> pieces(std::size_t scored, std::size_t warm_up) const;
    /// One piece of `batch` shape from anywhere in the audio.
    Sequence draw(const BatchShape& batch, Random& random) const;
    std::vector<operations::PreparedStack> prepare(const dsp::StackParameters& stack) const;
    double sum(const dsp::StackParameters& stack, const LossWeights& weights,
               const std::vector<Sequence>& sequences, std::span<double> gradient);
    /// What a sequence's errors are divided by. \param own  its energies
    operations::WaveformEnergies denominators(const Sequence& sequence, operations::WaveformEnergies own,
                                              double segment_share) const;
    /// The power of each setting of the knobs, into its recordings.
    void measure_powers();
    void make_engine(const parallel::MakeGradientEngine& make_engine, const dsp::StackShape& shape);
    EngineGradient::Settings settings(const dsp::StackParameters& stack) const;
    /// \param share  of a sequence in the energies that its loss is divided by
    parallel::GradientSequence for_engine(const dsp::StackParameters& stack, const Sequence& sequence,
                                          const LossWeights& weights, double share) const;
    double sequence_gradient(const dsp::StackParameters& stack, const operations::PreparedStack& prepared,
                             const Sequence& sequence, const LossWeights& weights, Worker& worker,
                             std::span<double> gradient) const;

    BatchShape batch_, curvature_batch_;
    WorkerPool& pool_;
    operations::StackGradient operation_;
    std::vector<Audio> audio_;
    std::vector<Sequence> selectable_, whole_; ///< short pieces, long ones
    std::vector<Worker> workers_;              ///< none where an engine computes
    std::unique_ptr<EngineGradient> engine_;
    std::vector<EnergyTable> energies_; ///< of each recording, where an engine computes
    std::vector<std::vector<double>> sequence_gradients_;
    std::vector<double> losses_;
    std::size_t total_ = 0;
};

} // namespace continuo
