#include "models/training/objective.h"

#include "models/operations/parameter_layout.h"
#include "models/training/initialise.h"
#include "models/training/validation.h"
#include "models/training/weight_decay.h"
#include "tests/catch.h"
#include "tests/training/device.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace continuo;
using namespace continuo::tests;

namespace {

/// The slope along the part of `gradient` that belongs to one tensor, by central differences of `loss`, and
/// by the gradient itself.
template <class Loss>
std::pair<double, double> slopes(const std::vector<double>& values, const std::vector<double>& gradient,
                                 const operations::LearnedTensor& tensor, const Loss& loss) {
    double norm = 0.0;
    for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i)
        norm += gradient[i] * gradient[i];
    norm = std::sqrt(norm);
    const auto moved = [&](double step) {
        std::vector<double> result = values;
        for (std::size_t i = tensor.offset; norm > 0.0 && i < tensor.offset + tensor.size(); ++i)
            result[i] += step * gradient[i] / norm;
        return result;
    };
    const double step = 1e-3;
    return {(loss(moved(step)) - loss(moved(-step))) / (2.0 * step), norm};
}

} // namespace

TEST_CASE("The gradient of a fixed selection is exact, through warm-up and equilibrium", "[training]") {
    const DataSet data = simulated_data(70000); // more than one long piece, and several short ones
    const ResolvedDataSet resolved = resolve_splits(data);
    dsp::StackParameters stack = initial_stack({3, 8, 4, 0}, data.sample_rate, 3);
    measure_scales(resolved, stack);
    WorkerPool pool(1);
    Objective objective(resolved, stack, BatchShape{}, pool);
    const operations::ParameterLayout layout(stack.shape);
    const LossWeights weights{.pre_emphasis = 0.2, .segment_share = 0.0};
    const std::vector<double> values = operations::to_learned(stack);
    const operations::LearnedBounds bounds = operations::learned_bounds(stack.shape);
    std::vector<double> gradient(values.size()), ignored(values.size());
    for (const std::size_t stride : {std::size_t(1), std::size_t(3)}) {
        operations::from_learned(values, stack);
        objective.fixed_selection(stack, weights, stride, gradient);
        for (std::size_t i = 0; i < values.size(); ++i) // beyond a bound nothing changes
            if (values[i] < bounds.lowest[i] + 0.01 || values[i] > bounds.highest[i] - 0.01)
                gradient[i] = 0.0;
        const auto loss = [&](const std::vector<double>& at) {
            operations::from_learned(at, stack);
            return objective.fixed_selection(stack, weights, stride, ignored);
        };
        for (const operations::LearnedTensor& tensor : layout.tensors()) {
            if (tensor.size() == 0)
                continue;
            const auto [difference, slope] = slopes(values, gradient, tensor, loss);
            INFO(tensor.name << " of layer " << tensor.layer << ", stride " << stride);
            REQUIRE(slope > 0.0);
            // Single precision allows this much; a gradient that stops at the warm-up is off by some 0.02.
            CHECK(difference == Approx(slope).epsilon(3e-3).margin(3e-4));
        }
    }
}

TEST_CASE("Samples of the curvature have the second derivative of the loss as their mean", "[training]") {
    // A recording of the model itself: where nothing is left to learn, Gauss and Newton are exact.
    DataSet data = simulated_data(70000);
    dsp::StackParameters stack = initial_stack({2, 8, 4, 0}, data.sample_rate, 3);
    measure_scales(resolve_splits(data), stack);
    Recording& recording = data.recordings[0];
    std::vector<float> input = recording.dry;
    for (float& sample : input)
        sample *= stack.input_scale;
    operations::SequenceWorkspace workspace(stack.shape, input.size());
    operations::StackGradient().forward(operations::PreparedStack(stack, {}), input, recording.wet,
                                        workspace);
    for (float& sample : recording.wet)
        sample *= stack.output_scale;

    const ResolvedDataSet resolved = resolve_splits(data);
    WorkerPool pool(2);
    Objective objective(resolved, stack, BatchShape{}, pool);
    const LossWeights weights{.pre_emphasis = 0.2, .segment_share = 0.0};
    Random random(1);
    const Eigen::MatrixXf samples = objective.curvature_samples(stack, weights, 3000, random);
    const std::vector<double> values = operations::to_learned(stack);
    std::vector<double> ignored(values.size());
    const operations::ParameterLayout layout(stack.shape);
    for (const operations::LearnedTensor& tensor : layout.tensors()) {
        if (tensor.size() == 0)
            continue;
        Eigen::VectorXf way = Eigen::VectorXf::Zero(Eigen::Index(values.size()));
        for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i)
            way[Eigen::Index(i)] = float(random.normal() / std::sqrt(double(tensor.size())));
        const auto loss = [&](double step) {
            std::vector<double> moved = values;
            for (std::size_t i = 0; i < moved.size(); ++i)
                moved[i] += step * double(way[Eigen::Index(i)]);
            operations::from_learned(moved, stack);
            return objective.fixed_selection(stack, weights, 1, ignored);
        };
        const double step = 1e-2, bend = (loss(step) + loss(-step) - 2.0 * loss(0.0)) / (step * step);
        const double mean = double((samples.transpose() * way).squaredNorm()) / double(samples.cols());
        INFO(tensor.name << " of layer " << tensor.layer);
        CHECK(mean == Approx(bend).epsilon(0.2)); // 3000 samples are off by some 5 %
    }
}

TEST_CASE("Weight decay grows with the weights alone, and its gradient is its own", "[training]") {
    const dsp::StackShape shape{2, 8, 4, 1};
    const std::vector<double> values = operations::to_learned(initial_stack(shape, 48000.0, 1));
    const operations::ParameterLayout layout(shape);
    const WeightDecay decay(shape);
    const double weight = 0.01;
    std::vector<double> gradient(values.size(), 0.0), ignored(values.size());
    decay.add(weight, values, gradient);
    const auto loss = [&](const std::vector<double>& at) { return decay.add(weight, at, ignored); };
    for (const operations::LearnedTensor& tensor : layout.tensors()) {
        const auto [difference, slope] = slopes(values, gradient, tensor, loss);
        INFO(tensor.name);
        CHECK(difference == Approx(slope).epsilon(1e-9));
        const bool weighs = tensor.name == "mixing" || tensor.name == "gate" || tensor.name == "encoder" ||
                            tensor.name == "decoder" || tensor.name.starts_with("readout");
        CHECK((slope > 0.0) == weighs);
    }
}

TEST_CASE("What sounds on from before a recording began is not learned", "[training]") {
    DataSet data = simulated_data(70000);
    dsp::StackParameters stack = initial_stack({2, 8, 4, 0}, data.sample_rate, 3);
    measure_scales(resolve_splits(data), stack);
    const auto losses = [&] {
        const ResolvedDataSet resolved = resolve_splits(data);
        WorkerPool pool(1);
        Objective objective(resolved, stack, BatchShape{}, pool);
        std::vector<double> gradient(operations::to_learned(stack).size());
        Random random(5);
        return std::array{objective.fixed_selection(stack, LossWeights{}, 1, gradient),
                          objective.fixed_selection(stack, LossWeights{}, 2, gradient),
                          objective.random_batch(stack, LossWeights{}, random, gradient)};
    };
    const auto before = losses();
    for (std::size_t i = 0; i < 1599; ++i) // pre-emphasis looks back one sample
        data.recordings[0].wet[i] += 0.5f * std::cos(0.02f * float(i));
    CHECK(losses() == before);
    data.recordings[0].wet[1700] += 0.5f;
    CHECK(losses() != before);
}

TEST_CASE("Each setting of the knobs counts by itself, a quiet one as much as a loud one", "[training]") {
    DataSet data = simulated_data(70000);
    data.knob_names = {"level"};
    data.recordings.push_back(data.recordings[0]);
    data.recordings[0].knobs = {1.0f};
    data.recordings[1].knobs = {0.0f};
    for (float& sample : data.recordings[1].wet)
        sample *= 0.1f;
    dsp::StackParameters stack = initial_stack({2, 8, 4, 1}, data.sample_rate, 3);
    measure_scales(resolve_splits(data), stack);
    const LossWeights weights{.pre_emphasis = 0.2, .segment_share = 0.0};
    const auto loss = [&](const std::vector<Recording>& recordings) {
        DataSet some = data;
        some.recordings = recordings;
        const ResolvedDataSet resolved = resolve_splits(some);
        WorkerPool pool(1);
        Objective objective(resolved, stack, BatchShape{}, pool);
        std::vector<double> gradient(operations::to_learned(stack).size());
        return objective.fixed_selection(stack, weights, 1, gradient);
    };
    const double loud = loss({data.recordings[0]}), quiet = loss({data.recordings[1]});
    CHECK(quiet > 2.0 * loud); // the same error is larger beside less
    CHECK(loss(data.recordings) == Approx(0.5 * (loud + quiet)).epsilon(1e-6));

    for (float& sample : data.recordings[1].wet)
        sample *= 1e-6f; // next to silent: what is left is noise, and does not drown the rest
    CHECK(loss(data.recordings) < 1e4 * loud);
}

TEST_CASE("The ESR of a model is the mean over the settings of its knobs", "[training]") {
    DataSet data = simulated_data(20000);
    data.knob_names = {"level"};
    data.recordings[0].knobs = {1.0f};
    data.recordings.push_back(simulated_recording(30000, 8));
    data.recordings[1].knobs = {0.0f};
    for (float& sample : data.recordings[1].wet)
        sample *= 0.1f;
    data.recordings.push_back(simulated_recording(10000, 9));
    data.recordings[2].knobs = {1.0f};
    const dsp::StackParameters stack = initial_stack({2, 8, 4, 1}, data.sample_rate, 3);
    WorkerPool pool(2);
    const ResolvedDataSet resolved = resolve_splits(data);
    const auto esr = [&](const std::vector<std::size_t>& which) {
        std::vector<ResolvedRecording> some;
        for (const std::size_t index : which)
            some.push_back(resolved.validation[index]);
        return streaming_esr(stack, some, pool);
    };
    REQUIRE(resolved.validation.size() == 3);
    CHECK(esr({0, 1, 2}) == Approx(0.5 * (esr({0, 2}) + esr({1}))).epsilon(1e-12));
    CHECK(esr({0, 2}) < std::max(esr({0}), esr({2}))); // one setting: its energies are added up first
    CHECK(std::isnan(esr({})));
}

TEST_CASE("The closer a model comes, the less its weights decay", "[training]") {
    CHECK(WeightDecay::weight_for(0.001) == Approx(5e-6));
    CHECK(WeightDecay::weight_for(0.0) == 0.0);
    for (const double unknown : {0.5, std::numeric_limits<double>::infinity(), std::nan("")})
        CHECK(WeightDecay::weight_for(unknown) == WeightDecay::most);
}
