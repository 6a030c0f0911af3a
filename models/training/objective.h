#pragma once

#include "dsp/stack_parameters.h"
#include "models/operations/mr_stft_loss.h"
#include "models/operations/stack_gradient.h"
#include "models/training/data_set.h"
#include "models/training/random.h"
#include "models/training/worker_pool.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo {

/// What one step of training looks at.
struct BatchShape {
    std::size_t sequences = 8;
    std::size_t warm_up = 1024; ///< samples that set a sequence's state and are not scored
    std::size_t scored = 4096;  ///< samples after them; both are multiples of operations::state_chunk
};

/// The weights of the terms of the loss.
struct LossWeights {
    double pre_emphasis = 0.5;  ///< share of the pre-emphasised ESR, the plain ESR has the rest
    double segment_share = 0.9; ///< of the denominators: this much from the sequence, the rest from all audio
    double offset = 0.0;        ///< DC term
    double mr_stft = 0.0;       ///< multi-resolution STFT term
};

/// The training audio in the model's own scale, and the mean loss of random sequences with its gradient.
class Objective {
  public:
    /// Cuts `batch` down where a recording is shorter. [main-thread] Allocates. Throws BadInput.
    Objective(const ResolvedDataSet& data, const dsp::StackParameters& scales, const BatchShape& batch,
              WorkerPool& pool);

    const BatchShape& batch() const { return batch_; }
    double training_seconds(double sample_rate) const { return double(total_) / sample_rate; }

    /// The mean loss of one batch of sequences drawn by `random`, and dL/d(learned) in ParameterLayout order.
    /// The same bits for any number of threads. [main-thread] Allocates little; the pool's threads work.
    double gradient(const dsp::StackParameters& stack, const LossWeights& weights, Random& random,
                    std::span<double> gradient);

  private:
    struct Audio {
        std::vector<float> dry, wet;
        std::span<const float> knobs;
    };
    struct Worker {
        operations::SequenceWorkspace workspace;
        operations::MrStftLoss mr_stft;
        std::vector<float> output, output_gradient;
    };
    struct Sequence {
        std::size_t recording, begin;
    };

    Sequence draw(Random& random) const;
    double sequence_gradient(const dsp::StackParameters& stack, const operations::PreparedStack& prepared,
                             const Sequence& sequence, const LossWeights& weights, Worker& worker,
                             std::span<double> gradient) const;

    BatchShape batch_;
    WorkerPool& pool_;
    operations::StackGradient operation_;
    std::vector<Audio> audio_;
    std::vector<Worker> workers_;
    std::vector<std::vector<double>> sequence_gradients_;
    std::vector<double> losses_;
    double power_ = 1.0, pre_emphasis_power_ = 1.0; ///< mean squares of the target over all audio
    std::size_t total_ = 0, starts_ = 0;
};

} // namespace continuo
