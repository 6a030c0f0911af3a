#pragma once

#include "dsp/stack_parameters.h"
#include "models/parallel/gradient_engine.h"
#include "models/training/data_set.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace continuo {

struct TrainingProgress {
    std::size_t step = 0;
    double seconds = 0.0;      ///< of training, interruptions not counted
    double seconds_left = 0.0; ///< an estimate
    double training_loss = 0.0;
    double validation_esr = 0.0; ///< the best so far; NaN before the first, or where nothing is held out
};

struct TrainingOptions {
    dsp::StackShape shape;
    dsp::Activation activation = dsp::Activation::tanh; ///< where `from` is empty
    std::size_t steps =
        0; ///< > 0: so many steps, whatever time they take; the same options give the same bits
    double minutes = 0.0; ///< > 0: so long; neither given: default_training_minutes
    std::uint64_t seed = 1;
    std::size_t threads = 0;                  ///< 0: one per core
    std::filesystem::path checkpoint;         ///< empty: none is kept
    bool resume = false;                      ///< go on from the checkpoint
    std::optional<dsp::StackParameters> from; ///< fine-tune this one
    /// What computes the losses and gradients, of a stack that it has room for, in place of threads; scores
    /// on held-out audio are the threads' whatever it is. A training may be resumed with another one, or
    /// without.
    parallel::MakeGradientEngine gradient_engine;
    /// Called after every few steps, on the thread that called train(); false stops and leaves a checkpoint.
    std::function<bool(const TrainingProgress&)> progress;
};

inline constexpr double default_training_minutes = 3.0;

/// How long a training lasts whose options say so many minutes, 0 where they say nothing. [any-thread]
inline double training_minutes(double asked) {
    return asked > 0.0 ? asked : default_training_minutes;
}

struct CurvePoint {
    std::size_t step = 0;
    double seconds = 0.0;
    double training_loss = 0.0;
    double validation_esr = 0.0; ///< of that moment; NaN where nothing is held out
};

struct TrainingResult {
    dsp::StackParameters best;
    double validation_esr = 0.0; ///< NaN where nothing is held out
    std::vector<CurvePoint> curve;
    std::size_t steps = 0;
    double seconds = 0.0;
    bool stopped_early = false; ///< by `progress`
};

/// Learns a gated S4D stack from aligned recordings.
///
/// The best model is chosen on the held-out audio, played by the streaming core with the rounded
/// coefficients; where nothing is held out, by the training loss. The result depends on data, options and
/// instruction set (or gradient engine) alone, not on the number of threads, and an interrupted training that
/// is resumed gives the same bits as one that was not, provided that its length is given in steps.
///
/// [main-thread] Allocates; starts threads that end before it returns. Throws BadInput for data that cannot
/// train a model or a checkpoint of another training, JobFailed where training diverges or a checkpoint
/// cannot be written, and what the engine throws: std::runtime_error where its device fails.
TrainingResult train(const DataSet& data, const TrainingOptions& options);

} // namespace continuo
