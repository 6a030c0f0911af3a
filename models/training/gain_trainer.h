#pragma once

#include "dsp/gain/families.h"
#include "models/training/trainer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace continuo {

/// The size that fits compressors and limiters; docs/training.md says what others gave.
inline dsp::GainShape default_gain_shape(std::size_t knobs) {
    return {.levels = 6, .channels = 6, .hidden = 6, .modes = 4, .knobs = knobs};
}

/// The same of a selective model.
inline dsp::SelectiveShape default_selective_shape(std::size_t knobs) {
    return {.levels = 6, .channels = 4, .states = 4, .hidden = 6, .modes = 4, .knobs = knobs};
}

/// `Shape`: of the families gain and selective.
template <typename Shape>
struct GainTrainingOptionsOf {
    Shape shape;
    std::size_t steps = 0; ///< > 0: so many, whatever time they take; the same options give the same bits
    double minutes = 0.0;  ///< > 0: so long; neither given: default_training_minutes
    std::uint64_t seed = 1;
    std::size_t threads = 0;                      ///< 0: one per core
    std::optional<dsp::ParametersOf<Shape>> from; ///< fine-tune this one
    /// Called after every step, on the thread that called train(); false stops.
    std::function<bool(const TrainingProgress&)> progress;
};

template <typename Shape>
struct GainTrainingResultOf {
    dsp::ParametersOf<Shape> best;
    double validation_esr = 0.0; ///< NaN where nothing is held out
    std::vector<CurvePoint> curve;
    std::size_t steps = 0;
    double seconds = 0.0;
    bool stopped_early = false; ///< by `progress`
};

using GainTrainingOptions = GainTrainingOptionsOf<dsp::GainShape>;
using GainTrainingResult = GainTrainingResultOf<dsp::GainShape>;
using SelectiveTrainingOptions = GainTrainingOptionsOf<dsp::SelectiveShape>;
using SelectiveTrainingResult = GainTrainingResultOf<dsp::SelectiveShape>;

/// Learns a gain model or a selective one from aligned recordings: several random starts take a few steps
/// each, the best goes on until it has come to rest, and where time is left others begin. A step is one of
/// Levenberg and Marquardt over all of the audio.
///
/// The best model is chosen by its ESR on the held-out audio, played by the streaming core with the rounded
/// values, and on the training audio, half and half; where little or nothing is held out, by the latter
/// alone. The result depends on data and options alone, not on the number of threads, provided that its
/// length is given in steps.
///
/// [main-thread] Allocates; starts threads that end before it returns. Throws BadInput for data that cannot
/// train a model, JobFailed where training diverges.
template <typename Shape>
GainTrainingResultOf<Shape> train_gain(const DataSet& data, const GainTrainingOptionsOf<Shape>& options);

} // namespace continuo
