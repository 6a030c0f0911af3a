#include "models/training/trainer.h"

#include "models/common/errors.h"
#include "models/operations/parameter_layout.h"
#include "models/training/checkpoint.h"
#include "models/training/initialise.h"
#include "models/training/objective.h"
#include "models/training/quasi_newton.h"
#include "models/training/schedule.h"
#include "models/training/validation.h"
#include "models/training/weight_decay.h"

#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>

namespace continuo {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double seconds_between_checkpoints = 30.0;
constexpr double seconds_between_reports = 0.1;
constexpr double progress_between_scores = 0.01;
constexpr double loss_memory = 0.98;
constexpr std::size_t most_broken_steps = 50;  ///< in a row, before a training counts as diverged
constexpr std::size_t curvature_samples = 512; ///< more find too little to be worth their time
constexpr LossWeights adam_loss{};
constexpr LossWeights quasi_newton_loss{.pre_emphasis = 0.2, .segment_share = 0.0};

/// Which training a checkpoint belongs to: options and audio that decide about its course. What computes it
/// is none of them, so that a training may go on where there is no GPU, or where there is one at last.
std::string fingerprint_of(const DataSet& data, const TrainingOptions& options) {
    std::ostringstream text;
    const dsp::StackShape& shape = options.shape;
    text << shape.layers << ' ' << shape.channels << ' ' << shape.modes << ' ' << shape.knobs << ' '
         << int(options.activation) << ' ' << options.seed << ' ' << options.steps << ' ' << options.minutes
         << ' ' << data.sample_rate;
    const auto add = [&text](const std::vector<float>& values) {
        text << ' ' << XXH3_64bits(values.data(), values.size() * sizeof(float));
    };
    for (const Recording& recording : data.recordings) {
        text << ' ' << int(recording.split);
        add(recording.dry);
        add(recording.wet);
        add(recording.knobs);
    }
    if (options.from)
        for (const double value : operations::to_learned(*options.from))
            text << ' ' << value;
    const std::string all = text.str();
    return std::to_string(XXH3_64bits(all.data(), all.size()));
}

class Training {
  public:
    Training(const DataSet& data, const TrainingOptions& options)
        : data_(data), options_(options), resolved_(resolve_splits(data)), pool_(options.threads),
          stack_(options.from
                     ? *options.from
                     : initial_stack(options.shape, data.sample_rate, options.seed, options.activation)),
          objective_(resolved_, scaled(), BatchShape{}, pool_, options.gradient_engine),
          cycles_(options.from ? cycles_from_model() : cycles_from_scratch(objective_.samples())),
          fingerprint_(fingerprint_of(data, options)), bounds_(operations::learned_bounds(options.shape)),
          weight_decay_(options.shape), quasi_newton_(bounds_.lowest, bounds_.highest) {}

    TrainingResult run() {
        begin();
        bool stopped = false;
        while (state_.cycle < cycles_.size() && !stopped) {
            step();
            stopped = !report();
            if (stopped || seconds() - checkpoint_at_ > seconds_between_checkpoints)
                keep_checkpoint();
        }
        operations::from_learned(state_.best, stack_);
        TrainingResult result{stack_, state_.best_score, state_.curve, state_.step, seconds(), stopped};
        if (resolved_.validation.empty())
            result.validation_esr = std::numeric_limits<double>::quiet_NaN();
        return result;
    }

  private:
    /// The stack with its scales measured: members are initialised in order, so this runs before the
    /// objective is made.
    const dsp::StackParameters& scaled() {
        if (!options_.from)
            measure_scales(resolved_, stack_);
        return stack_;
    }

    void begin() {
        start_ = Clock::now();
        if (options_.resume) {
            state_ = read_checkpoint(options_.checkpoint, fingerprint_);
            seconds_before_ = checkpoint_at_ = state_.seconds;
            quasi_newton_.unpack(state_.quasi_newton);
            operations::from_learned(state_.learned, stack_);
            if (!state_.curve.empty())
                scored_at_ = options_.steps > 0 ? double(state_.curve.back().step) / double(options_.steps)
                                                : state_.curve.back().seconds / budget_seconds();
            return;
        }
        state_.random = Random(options_.seed).bits();
        state_.best = operations::to_learned(stack_);
        state_.best_score = std::numeric_limits<double>::infinity();
        begin_cycle();
    }

    void begin_cycle() {
        const Cycle& cycle = cycles_[state_.cycle];
        if (cycle.origin == Cycle::Origin::fresh) {
            const dsp::StackParameters fresh =
                initial_stack(options_.shape, data_.sample_rate,
                              Random(options_.seed + 0x1000003 * state_.cycle).bits(), options_.activation);
            state_.learned = operations::to_learned(fresh);
        } else if (cycle.origin == Cycle::Origin::best) {
            state_.learned = state_.best;
        }
        state_.adam = Adam(state_.learned.size());
        state_.cycle_step = 0;
        state_.weight_decay =
            WeightDecay::weight_for(cycle.origin == Cycle::Origin::best ? state_.best_score : last_score_);
        operations::from_learned(state_.learned, stack_);
        quasi_newton_ = QuasiNewton(bounds_.lowest, bounds_.highest);
    }

    std::size_t stride_of(const Cycle& cycle) const { return objective_.stride_for(cycle.most_samples); }

    /// Share of the whole training that is done.
    double progress() const {
        if (options_.steps > 0)
            return double(state_.step) / double(options_.steps);
        return seconds() / budget_seconds();
    }

    double budget_seconds() const { return 60.0 * training_minutes(options_.minutes); }

    double seconds() const {
        return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count();
    }

    double cycle_begin() const {
        double begin = 0.0;
        for (std::size_t i = 0; i < state_.cycle; ++i)
            begin += cycles_[i].share;
        return begin;
    }

    void step() {
        const Cycle& cycle = cycles_[state_.cycle];
        const bool goes_on = cycle.method == Method::adam ? adam_step(cycle) : quasi_newton_step(cycle);
        const double end = cycle_begin() + cycle.share;
        const bool ended = !goes_on || progress() >= end - 1e-12;
        const bool scored =
            !resolved_.validation.empty() && progress() - scored_at_ >= progress_between_scores;
        if (ended || scored)
            score();
        if (ended && ++state_.cycle < cycles_.size())
            begin_cycle();
    }

    /// False where the cycle has had all its steps.
    bool adam_step(const Cycle& cycle) {
        const double cycle_progress = std::max((progress() - cycle_begin()) / cycle.share,
                                               double(state_.cycle_step) / double(cycle.most_steps));
        Random random(state_.random);
        gradient_.resize(state_.learned.size());
        const double loss = objective_.random_batch(stack_, adam_loss, random, gradient_);
        state_.random = random.state();
        if (std::isfinite(loss)) {
            clip_norm(gradient_, 1.0);
            state_.adam.step(gradient_, learning_rate(cycle, cycle_progress, state_.cycle_step),
                             state_.learned);
            keep_in_bounds(state_.learned);
            operations::from_learned(state_.learned, stack_);
            state_.running_loss = state_.cycle_step == 0
                                      ? loss
                                      : loss_memory * state_.running_loss + (1.0 - loss_memory) * loss;
            broken_steps_ = 0;
        } else if (++broken_steps_ > most_broken_steps) {
            throw JobFailed("training", "the loss is no longer a number",
                            "check the recording, or try another --seed");
        }
        ++state_.step;
        return ++state_.cycle_step < cycle.most_steps;
    }

    /// The exact loss over the cycle's selection. One evaluation counts as many steps as it costs.
    QuasiNewton::Evaluate selection(const Cycle& cycle) {
        return [this, stride = stride_of(cycle)](std::span<const double> values, std::span<double> gradient) {
            state_.step += objective_.batches_in_selection(stride);
            operations::from_learned(values, stack_);
            const double loss = objective_.fixed_selection(stack_, quasi_newton_loss, stride, gradient);
            return loss + weight_decay_.add(state_.weight_decay, values, gradient);
        };
    }

    /// One iteration. False where the loss goes no lower, whatever the curvature.
    bool quasi_newton_step(const Cycle& cycle) {
        const QuasiNewton::Evaluate evaluate = selection(cycle);
        if (!quasi_newton_.started())
            quasi_newton_.start(state_.learned, evaluate);
        const bool fresh = quasi_newton_.wants_curvature();
        if (fresh) {
            Random random(state_.random);
            quasi_newton_.set_curvature(Curvature(
                objective_.curvature_samples(stack_, quasi_newton_loss, curvature_samples, random)));
            state_.random = random.state();
        }
        const bool moved = quasi_newton_.iterate(state_.learned, evaluate);
        operations::from_learned(state_.learned, stack_);
        state_.running_loss = quasi_newton_.loss();
        ++state_.cycle_step;
        return moved || !fresh;
    }

    void score() {
        const auto& recordings = resolved_.validation.empty() ? resolved_.training : resolved_.validation;
        const double esr = last_score_ = streaming_esr(stack_, recordings, pool_);
        if (esr < state_.best_score) {
            state_.best_score = esr;
            state_.best = state_.learned;
        }
        scored_at_ = progress();
        state_.curve.push_back(
            {state_.step, seconds(), state_.running_loss,
             resolved_.validation.empty() ? std::numeric_limits<double>::quiet_NaN() : esr});
    }

    void keep_in_bounds(std::vector<double>& learned) const {
        for (std::size_t i = 0; i < learned.size(); ++i)
            learned[i] = std::clamp(learned[i], bounds_.lowest[i], bounds_.highest[i]);
    }

    bool report() {
        const double now = seconds();
        const bool last = state_.cycle == cycles_.size();
        if (!options_.progress || (!last && now - reported_at_ < seconds_between_reports))
            return true;
        reported_at_ = now;
        const double done = std::clamp(progress(), 1e-9, 1.0);
        const double scored = state_.curve.empty() || resolved_.validation.empty()
                                  ? std::numeric_limits<double>::quiet_NaN()
                                  : state_.best_score;
        const double left =
            options_.steps > 0 ? now / done * (1.0 - done) : std::max(0.0, budget_seconds() - now);
        return options_.progress({state_.step, now, left, state_.running_loss, scored}) || last;
    }

    void keep_checkpoint() {
        if (options_.checkpoint.empty())
            return;
        state_.seconds = checkpoint_at_ = seconds();
        state_.quasi_newton = quasi_newton_.pack();
        write_checkpoint(state_, fingerprint_, options_.checkpoint);
    }

    const DataSet& data_;
    const TrainingOptions& options_;
    ResolvedDataSet resolved_;
    WorkerPool pool_;
    dsp::StackParameters stack_;
    Objective objective_;
    std::vector<Cycle> cycles_;
    std::string fingerprint_;
    operations::LearnedBounds bounds_;
    WeightDecay weight_decay_;
    TrainingState state_;
    QuasiNewton quasi_newton_;
    std::vector<double> gradient_;
    Clock::time_point start_;
    double seconds_before_ = 0.0, checkpoint_at_ = 0.0, reported_at_ = 0.0, scored_at_ = 0.0;
    double last_score_ = std::numeric_limits<double>::infinity();
    std::size_t broken_steps_ = 0;
};

} // namespace

TrainingResult train(const DataSet& data, const TrainingOptions& options) {
    return Training(data, options).run();
}

} // namespace continuo
