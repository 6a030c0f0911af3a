// Training with an engine beside training without: the same sequences, the same random numbers.
#include "models/operations/parameter_layout.h"
#include "models/parallel/stack_gradient_engine.h"
#include "models/parallel/thread_device.h"
#include "models/training/adam.h"
#include "models/training/initialise.h"
#include "models/training/objective.h"
#include "models/training/trainer.h"

#include "tests/catch.h"
#include "tests/training/device.h"

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

using namespace continuo;

namespace {

const parallel::MakeGradientEngine on_threads = [](const parallel::GradientSetup& setup) {
    return std::unique_ptr<parallel::GradientEngine>(
        parallel::make_stack_gradient_engine<parallel::ThreadDevice>(
            setup, parallel::gradient_round_frames(setup.layout)));
};

/// Two recordings at settings of their own, so short that each step of the trainer is.
DataSet short_data(std::size_t frames) {
    DataSet data;
    data.sample_rate = 16000.0;
    data.knob_names = {"drive"};
    for (const float drive : {0.2f, 0.9f}) {
        data.recordings.push_back(
            tests::simulated_recording(frames, unsigned(100.0f * drive), 1.0f + 4.0f * drive));
        data.recordings.back().knobs = {drive};
        data.recordings.back().split = Split::train;
    }
    return data;
}

struct Both {
    DataSet data;
    ResolvedDataSet resolved = resolve_splits(data);
    dsp::StackParameters stack;
    WorkerPool pool{2};
    std::unique_ptr<Objective> processor, engine;

    Both(std::size_t frames, const dsp::StackShape& shape, const BatchShape& batch)
        : data(short_data(frames)), stack(initial_stack(shape, 16000.0, 3)) {
        measure_scales(resolved, stack);
        processor = std::make_unique<Objective>(resolved, stack, batch, pool);
        engine = std::make_unique<Objective>(resolved, stack, batch, pool, on_threads);
    }
};

double relative(const std::vector<double>& found, const std::vector<double>& expected) {
    double error = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        error += (found[i] - expected[i]) * (found[i] - expected[i]);
        norm += expected[i] * expected[i];
    }
    return std::sqrt(error / norm);
}

} // namespace

TEST_CASE("energies of stretches are those of the loss") {
    const std::vector<float> signal = tests::simulated_recording(1000, 3).wet;
    const EnergyTable table(signal);
    for (const auto& [begin, end] : std::vector<std::pair<std::size_t, std::size_t>>{
             {0, 1000}, {0, 1}, {1, 2}, {64, 128}, {100, 700}, {640, 960}, {999, 1000}, {63, 65}})
        for (const bool from_nothing : {false, true}) {
            const auto all = std::span(signal).first(end);
            const operations::WaveformEnergies expected =
                from_nothing ? operations::waveform_energies(all.subspan(begin), 0)
                             : operations::waveform_energies(all, begin);
            const operations::WaveformEnergies found = table.between(begin, end, from_nothing);
            INFO(begin << " to " << end);
            CHECK(found.plain == Approx(expected.plain).epsilon(1e-9));
            CHECK(found.pre_emphasis == Approx(expected.pre_emphasis).epsilon(1e-9));
        }
}

TEST_CASE("an engine looks at the sequences that the processor looks at") {
    Both both(2100, {1, 8, 4, 1}, {.sequences = 3, .warm_up = 64, .scored = 256});
    REQUIRE(both.engine->on_engine());
    REQUIRE(!both.processor->on_engine());
    const std::size_t size = operations::ParameterLayout(both.stack.shape).size();
    std::vector<double> expected(size), found(size);
    const auto check = [&](double loss, double expected_loss) {
        CHECK(loss == Approx(expected_loss).epsilon(1e-5));
        CHECK(relative(found, expected) < 1e-5);
    };
    Random random(4), same(4);
    for (int step = 0; step < 2; ++step)
        check(both.engine->random_batch(both.stack, {}, random, found),
              both.processor->random_batch(both.stack, {}, same, expected));
    CHECK(random.state() == same.state());
    const LossWeights weights{.pre_emphasis = 0.2, .segment_share = 0.0};
    check(both.engine->fixed_selection(both.stack, weights, 1, found),
          both.processor->fixed_selection(both.stack, weights, 1, expected));

    const Eigen::MatrixXf samples = both.engine->curvature_samples(both.stack, weights, 2, random);
    const Eigen::MatrixXf samples_expected = both.processor->curvature_samples(both.stack, weights, 2, same);
    CHECK(random.state() == same.state());
    CHECK((samples - samples_expected).norm() < 1e-5f * samples_expected.norm());
    CHECK_THROWS_AS(both.engine->random_batch(both.stack, {.offset = 0.1}, random, found),
                    std::invalid_argument);
    CHECK_THROWS_AS(both.engine->random_batch(both.stack, {.mr_stft = 0.1}, random, found),
                    std::invalid_argument);
}

TEST_CASE("ten steps of Adam on an engine are those on the processor") {
    Both both(2100, {2, 8, 4, 1}, {.sequences = 2, .warm_up = 64, .scored = 128});
    const auto losses = [&](Objective& objective) {
        dsp::StackParameters stack = both.stack;
        std::vector<double> learned = operations::to_learned(stack), gradient(learned.size()), result;
        Adam adam(learned.size());
        Random random(9);
        for (int step = 0; step < 10; ++step) {
            result.push_back(objective.random_batch(stack, {}, random, gradient));
            clip_norm(gradient, 1.0);
            adam.step(gradient, 0.02, learned);
            operations::from_learned(learned, stack);
        }
        return result;
    };
    const std::vector<double> expected = losses(*both.processor), found = losses(*both.engine);
    for (std::size_t step = 0; step < expected.size(); ++step)
        CHECK(found[step] == Approx(expected[step]).epsilon(1e-4));
    CHECK(std::abs(expected.back() - expected.front()) > 0.05 * expected.front());
}

TEST_CASE("train() asks the engine it is given, and none for a stack that has no room in one") {
    const DataSet data = short_data(1700);
    std::size_t made = 0, steps = 0;
    double loss = 0.0;
    TrainingOptions options;
    options.shape = {1, 8, 4, 1};
    options.steps = 1000;
    options.gradient_engine = [&made](const parallel::GradientSetup& setup) {
        ++made;
        CHECK(setup.layout.channels == 8);
        CHECK(setup.frames == 3400);
        return on_threads(setup);
    };
    options.progress = [&](const TrainingProgress& progress) {
        steps = progress.step;
        loss = progress.training_loss;
        return false;
    };
    CHECK(train(data, options).stopped_early);
    CHECK(made == 1);
    CHECK(steps < 10);
    CHECK(loss > 0.0);
    options.shape.modes = 17;
    CHECK(train(data, options).stopped_early);
    CHECK(made == 1);
    options.shape.modes = 4;
    options.gradient_engine =
        [](const parallel::GradientSetup&) -> std::unique_ptr<parallel::GradientEngine> {
        throw std::runtime_error("no memory is left");
    };
    CHECK_THROWS_AS(train(data, options), std::runtime_error);
}
