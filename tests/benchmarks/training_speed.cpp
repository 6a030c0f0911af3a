// How many samples a second the trainer takes forward, backward and through Adam, on one core, and how long
// what the processor does of a step takes where a GPU does the rest: a line of JSON.
//
//   training_speed [TIER]
#include "dsp/instruction_set.h"
#include "models/format/tier.h"
#include "models/operations/parameter_layout.h"
#include "models/training/adam.h"
#include "models/training/initialise.h"
#include "models/training/objective.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

using namespace continuo;

namespace {

constexpr std::size_t frames = 480000;
constexpr int repetitions = 9, steps_per_repetition = 4, steps_beside_engine = 500;

/// A noise through a bend: what it sounds like does not matter to the time.
DataSet noise() {
    DataSet data;
    data.sample_rate = 48000.0;
    Recording recording;
    recording.name = "noise";
    recording.split = Split::train;
    Random random(1);
    for (std::size_t i = 0; i < frames; ++i) {
        recording.dry.push_back(float(0.3 * random.normal()));
        recording.wet.push_back(std::tanh(3.0f * recording.dry.back()));
    }
    data.recordings.push_back(std::move(recording));
    return data;
}

/// Answers at once that everything is 0: what is left of a step is the processor's part of one on a GPU.
class IdleEngine : public parallel::GradientEngine {
  public:
    explicit IdleEngine(const parallel::GradientSetup& setup)
        : sums_(std::size_t(operations::CoefficientSumLayout{setup.layout}.size())),
          states_(std::size_t(setup.layout.layers * setup.layout.modes * 2 * setup.layout.channels)) {}
    void run(const parallel::GradientRequest& request) override {
        std::fill_n(request.losses, request.count, 0.0);
        std::fill_n(request.sums, std::size_t(request.settings) * sums_, 0.0);
        std::fill_n(request.adjoints, std::size_t(request.settings) * states_, 0.0);
    }

  private:
    std::size_t sums_, states_;
};

/// Seconds of a step of Adam, the median of all repetitions.
double seconds_of_step(Objective& objective, dsp::StackParameters stack, int steps) {
    std::vector<double> learned = operations::to_learned(stack), gradient(learned.size()), seconds;
    Adam adam(learned.size());
    Random random(2);
    for (int repetition = -1; repetition < repetitions; ++repetition) { // the first one fills the caches
        const auto start = std::chrono::steady_clock::now();
        for (int step = 0; step < steps; ++step) {
            objective.random_batch(stack, LossWeights{}, random, gradient);
            clip_norm(gradient, 1.0);
            adam.step(gradient, 0.001, learned);
            operations::from_learned(learned, stack);
        }
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
        if (repetition >= 0)
            seconds.push_back(passed.count() / steps);
    }
    std::ranges::sort(seconds);
    return seconds[seconds.size() / 2];
}

} // namespace

int main(int count, char** arguments) {
    const std::string_view wanted = count > 1 ? arguments[1] : "standard";
    const auto tier = std::ranges::find(tiers, wanted, &Tier::name);
    if (tier == tiers.end()) {
        std::fprintf(stderr, "training_speed: there is no tier of that name\n");
        return 2;
    }
    const DataSet data = noise();
    const ResolvedDataSet resolved = resolve_splits(data);
    dsp::StackParameters stack = initial_stack(tier->shape(0), data.sample_rate, 1);
    measure_scales(resolved, stack);
    WorkerPool pool(1);
    const BatchShape batch{};
    Objective objective(resolved, stack, batch, pool);
    Objective on_engine(resolved, stack, batch, pool, [](const parallel::GradientSetup& setup) {
        return std::make_unique<IdleEngine>(setup);
    });
    // What sets the state before each sequence is work, but not a sample that is learned from.
    const double rate =
        double(batch.sequences * batch.scored) / seconds_of_step(objective, stack, steps_per_repetition);
    const double beside_engine = seconds_of_step(on_engine, stack, steps_beside_engine);
    std::printf("{\"tier\": \"%.*s\", \"isa\": \"%.*s\", \"samples_per_second\": %.0f, "
                "\"microseconds_beside_gpu\": %.1f}\n",
                int(tier->name.size()), tier->name.data(),
                int(dsp::name(dsp::default_instruction_set()).size()),
                dsp::name(dsp::default_instruction_set()).data(), rate, 1e6 * beside_engine);
}
