#include "models/training/gain_trainer.h"

#include "models/common/errors.h"
#include "models/operations/gain_layout.h"
#include "models/training/gain_initialise.h"
#include "models/training/gain_objective.h"
#include "models/training/gain_validation.h"
#include "models/training/levenberg_marquardt.h"
#include "models/training/random.h"
#include "models/training/selective_initialise.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace continuo {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t starts = 6, steps_of_start = 8;
constexpr std::size_t steps_between_scores = 2;
constexpr std::size_t rest_steps = 12;    ///< a search that ...
constexpr double rest_improvement = 0.01; ///< ... gains less than this share in so many steps has ended
constexpr double decay_per_esr = 3e-2,
                 most_esr = 0.03; // more at the start leaves a search in the wrong valley

double energy_of(const std::vector<ResolvedRecording>& parts) {
    double sum = 0.0;
    for (const ResolvedRecording& part : parts)
        for (std::size_t t = part.begin; t < part.end; ++t)
            sum += double(part.source->wet[t]) * double(part.source->wet[t]);
    return sum;
}

// How much the ESR on held-out audio counts when models are compared, against that on the training audio:
// half where the tenth that is held out has a tenth of the energy, less where it is quieter. In a few seconds
// of music it may be next to silent, and then tells noise from noise.
double held_out_share(const ResolvedDataSet& data) {
    const double held_out = energy_of(data.validation), rest = energy_of(data.training);
    return held_out > 0.0 ? held_out / (held_out + rest / 9.0) : 0.0;
}

template <typename Shape>
class GainTraining {
  public:
    GainTraining(const DataSet& data, const GainTrainingOptionsOf<Shape>& options)
        : options_(options), resolved_(resolve_splits(data)), pool_(options.threads),
          model_(first(data.sample_rate)),
          objective_(resolved_, data.sample_rate, options.shape, double(model_.input_scale), pool_),
          bounds_(operations::gain_bounds(options.shape, data.sample_rate)), random_(options.seed),
          held_out_share_(held_out_share(resolved_)) {}

    GainTrainingResultOf<Shape> run() {
        best_ = operations::gain_to_learned(model_);
        while (!ended())
            search(options_.from && step_ == 0 ? base_start() : best_start());
        if (!std::isfinite(best_score_))
            throw JobFailed("training", "the loss is no longer a number",
                            "check the recording, or try another --seed");
        operations::round_gain(best_, model_);
        return {model_, best_esr_, curve_, step_, seconds(), stopped_};
    }

  private:
    struct Start {
        std::vector<double> values;
        LevenbergMarquardt search;
        double loss;
    };

    dsp::ParametersOf<Shape> first(double sample_rate) const {
        if (options_.from)
            return *options_.from;
        dsp::ParametersOf<Shape> model = dsp::make_parameters(options_.shape, sample_rate);
        model.input_scale = float(measure_input_scale(resolved_));
        return model;
    }

    /// The objective's values that begin with the model's: every recording from rest.
    std::vector<double> with_recordings(std::vector<double> values) const {
        values.resize(objective_.size(), 0.0);
        return values;
    }

    LevenbergMarquardt new_search() const {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        operations::GainBounds all = bounds_;
        all.lowest.resize(objective_.size(), -infinity);
        all.highest.resize(objective_.size(), infinity);
        return LevenbergMarquardt(all.lowest, all.highest);
    }

    /// The one of several random starts that gets furthest.
    Start best_start() {
        std::optional<Start> best;
        for (std::size_t i = 0; i < starts && !(best && ended()); ++i) {
            const GainGuess guess = pursue_gain(objective_.tracks(), objective_.shares(),
                                                options_.shape.channels, random_.bits(), pool_);
            const dsp::ParametersOf<Shape> fresh = initial_gain(
                options_.shape, model_.sample_rate, double(model_.input_scale), guess, random_.bits());
            Start start{with_recordings(operations::gain_to_learned(fresh)), new_search(),
                        std::numeric_limits<double>::infinity()};
            last_esr_ = 1.0;
            for (std::size_t s = 0; s < steps_of_start && !ended(); ++s)
                if (!step(start))
                    break;
            if (!best || start.loss < best->loss)
                best = std::move(start);
        }
        last_esr_ = 2.0 * best->loss;
        return std::move(*best);
    }

    /// The model to be fine-tuned, which stays the best until something is better.
    Start base_start() {
        Start start{with_recordings(best_), new_search(), std::numeric_limits<double>::infinity()};
        objective_.loss(start.values);
        last_esr_ = objective_.esr();
        score(start.values);
        return start;
    }

    /// Until it has come to rest or the training is over.
    void search(Start start) {
        std::vector<double> losses;
        for (bool moved = true; moved && !ended();) {
            moved = step(start);
            losses.push_back(start.loss);
            const bool rests = losses.size() > rest_steps &&
                               losses[losses.size() - 1 - rest_steps] * (1.0 - rest_improvement) < start.loss;
            moved = moved && !rests;
            if (!moved || ended() || losses.size() % steps_between_scores == 0)
                score(start.values);
        }
        if (losses.empty()) // the time was over before it began
            score(start.values);
    }

    bool step(Start& start) {
        // What the model does not explain is noise to it, against which a prior weighs: WeightDecay.
        objective_.set_decay(decay_per_esr * std::min(most_esr, last_esr_));
        const bool moved = start.search.iterate(
            start.values, [this](std::span<const double> values) { return objective_.linearise(values); },
            [this](std::span<const double> values) { return objective_.loss(values); });
        start.loss = start.search.loss();
        if (moved)
            last_esr_ = objective_.esr();
        ++step_;
        report();
        return moved;
    }

    void score(const std::vector<double>& values) {
        operations::round_gain(values, model_);
        const bool held_out = !resolved_.validation.empty();
        const double esr = held_out ? streaming_esr(model_, resolved_.validation, pool_)
                                    : std::numeric_limits<double>::quiet_NaN();
        const double score = held_out ? held_out_share_ * esr + (1.0 - held_out_share_) * last_esr_
                                      : streaming_esr(model_, resolved_.training, pool_);
        if (score < best_score_) {
            best_score_ = score;
            best_esr_ = esr;
            best_ = values;
        }
        curve_.push_back({step_, seconds(), last_esr_, esr});
    }

    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

    double budget_seconds() const { return 60.0 * training_minutes(options_.minutes); }

    double progress() const {
        return options_.steps > 0 ? double(step_) / double(options_.steps) : seconds() / budget_seconds();
    }

    bool ended() const { return stopped_ || (step_ > 0 && progress() >= 1.0); }

    void report() {
        if (!options_.progress)
            return;
        const double now = seconds(), done = std::clamp(progress(), 1e-9, 1.0);
        const double left =
            options_.steps > 0 ? now / done * (1.0 - done) : std::max(0.0, budget_seconds() - now);
        stopped_ = !options_.progress({step_, now, left, last_esr_, best_esr_});
    }

    const GainTrainingOptionsOf<Shape>& options_;
    ResolvedDataSet resolved_;
    WorkerPool pool_;
    dsp::ParametersOf<Shape> model_;
    GainObjective<Shape> objective_;
    operations::GainBounds bounds_;
    Random random_;
    Clock::time_point start_ = Clock::now();
    std::vector<double> best_;
    double best_score_ = std::numeric_limits<double>::infinity(), last_esr_ = 1.0;
    double best_esr_ = std::numeric_limits<double>::quiet_NaN(); ///< on held-out audio
    double held_out_share_;
    std::vector<CurvePoint> curve_;
    std::size_t step_ = 0;
    bool stopped_ = false;
};

} // namespace

template <typename Shape>
GainTrainingResultOf<Shape> train_gain(const DataSet& data, const GainTrainingOptionsOf<Shape>& options) {
    return GainTraining<Shape>(data, options).run();
}

template GainTrainingResult train_gain(const DataSet&, const GainTrainingOptions&);
template SelectiveTrainingResult train_gain(const DataSet&, const SelectiveTrainingOptions&);

} // namespace continuo
