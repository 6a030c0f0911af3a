// What training costs on a GPU and on threads of the processor, and whether both learn the same.
//
//   cuda_training [LIBRARY [THREADS]]    LIBRARY: libcontinuo_cuda.so
#include "models/format/tier.h"
#include "models/operations/parameter_layout.h"
#include "models/parallel/cuda_library.h"
#include "models/training/adam.h"
#include "models/training/initialise.h"
#include "models/training/objective.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace continuo;

namespace {

constexpr std::size_t frames = (1 << 20) + 48000, selected = 1 << 19, curvature_samples = 512;
constexpr LossWeights adam_loss{}, selection_loss{.pre_emphasis = 0.2, .segment_share = 0.0};

/// Coloured noise through a bend and a low-pass: what it sounds like does not matter to the time.
DataSet noise() {
    DataSet data;
    data.sample_rate = 48000.0;
    Recording recording;
    recording.name = "noise";
    recording.split = Split::train;
    Random random(1);
    float dry = 0.0f, low = 0.0f;
    for (std::size_t i = 0; i < frames; ++i) {
        dry += 0.2f * (float(random.normal()) - dry);
        low += 0.3f * (std::tanh(3.0f * dry + 0.2f) - low);
        recording.dry.push_back(dry);
        recording.wet.push_back(low);
    }
    data.recordings.push_back(std::move(recording));
    return data;
}

template <class Run>
double median_milliseconds(int repetitions, const Run& run) {
    run();
    run(); // memory, then the graph
    std::vector<double> times;
    for (int i = 0; i < repetitions; ++i) {
        const auto start = std::chrono::steady_clock::now();
        run();
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

/// The largest difference of a tensor over its norm.
double difference(const dsp::StackShape& shape, const std::vector<double>& found,
                  const std::vector<double>& expected) {
    const operations::ParameterLayout layout(shape);
    double worst = 0.0;
    for (const operations::LearnedTensor& tensor : layout.tensors()) {
        double error = 0.0, norm = 0.0;
        for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
            error += (found[i] - expected[i]) * (found[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        if (tensor.size() > 0)
            worst = std::max(worst, std::isfinite(error) ? std::sqrt(error / norm) : 1e9);
    }
    return worst;
}

std::vector<double> adam_losses(Objective& objective, const dsp::StackParameters& start, int steps) {
    dsp::StackParameters stack = start;
    std::vector<double> learned = operations::to_learned(stack), gradient(learned.size()), losses;
    Adam adam(learned.size());
    Random random(2);
    for (int step = 0; step < steps; ++step) {
        losses.push_back(objective.random_batch(stack, adam_loss, random, gradient));
        clip_norm(gradient, 1.0);
        adam.step(gradient, 0.005, learned);
        operations::from_learned(learned, stack);
    }
    return losses;
}

void measure(parallel::CudaEngine& cuda, const Tier& tier, const DataSet& data, WorkerPool& pool) {
    const ResolvedDataSet resolved = resolve_splits(data);
    dsp::StackParameters stack = initial_stack(tier.shape(0), data.sample_rate, 1);
    measure_scales(resolved, stack);
    const BatchShape batch{};
    Objective processor(resolved, stack, batch, pool);
    Objective gpu(resolved, stack, batch, pool, [&cuda](const parallel::GradientSetup& setup) {
        return std::unique_ptr<parallel::GradientEngine>(cuda.make_gradient_engine(setup));
    });
    const std::size_t size = operations::ParameterLayout(stack.shape).size();
    std::vector<double> expected(size), found(size), again(size);
    const std::size_t stride = gpu.stride_for(selected);

    const auto row = [&](const char* what, std::size_t scored, double gpu_time, double cpu_time) {
        std::printf("%-8s %-18s %9.3f %9.2f %9.2f %9.2f %8.1f\n", std::string(tier.name).c_str(), what,
                    gpu_time, double(scored) / gpu_time / 1e3, cpu_time, double(scored) / cpu_time / 1e3,
                    cpu_time / gpu_time);
        std::fflush(stdout);
    };
    const auto batch_time = [&](Objective& objective, int repetitions) {
        Random random(3);
        return median_milliseconds(repetitions,
                                   [&] { objective.random_batch(stack, adam_loss, random, found); });
    };
    row("batch", batch.sequences * batch.scored, batch_time(gpu, 200), batch_time(processor, 5));
    {
        // A whole step with Adam on the GPU, from values to values.
        std::vector<double> learned = operations::to_learned(stack);
        dsp::StackParameters moved = stack;
        Adam adam(size);
        Random random(4);
        const double time = median_milliseconds(200, [&] {
            gpu.random_batch(moved, adam_loss, random, found);
            clip_norm(found, 1.0);
            adam.step(found, 1e-4, learned);
            operations::from_learned(learned, moved);
        });
        std::printf("%-8s %-18s %9.3f %9.2f\n", std::string(tier.name).c_str(), "step of Adam", time,
                    double(batch.sequences * batch.scored) / time / 1e3);
    }
    const auto selection_time = [&](Objective& objective, int repetitions) {
        return median_milliseconds(repetitions,
                                   [&] { objective.fixed_selection(stack, selection_loss, stride, found); });
    };
    row("selection 2^19", selected, selection_time(gpu, 20), selection_time(processor, 1));
    const auto curvature_time = [&](Objective& objective, int repetitions) {
        Random random(5);
        return median_milliseconds(repetitions, [&] {
            objective.curvature_samples(stack, selection_loss, curvature_samples, random);
        });
    };
    row("curvature 512", curvature_samples * 1024, curvature_time(gpu, 10), curvature_time(processor, 1));

    Random random(6), same(6), repeated(6);
    const double loss = gpu.random_batch(stack, adam_loss, random, found);
    const double loss_again = gpu.random_batch(stack, adam_loss, repeated, again);
    const double loss_expected = processor.random_batch(stack, adam_loss, same, expected);
    std::printf("%-8s batch: loss %.9f, on the processor %.9f; gradient off by %.1e; two runs: %s\n",
                std::string(tier.name).c_str(), loss, loss_expected, difference(stack.shape, found, expected),
                loss == loss_again && found == again ? "same bits" : "DIFFERENT BITS");
    const double selection = gpu.fixed_selection(stack, selection_loss, stride, found);
    const double selection_expected = processor.fixed_selection(stack, selection_loss, stride, expected);
    std::printf("%-8s selection: loss %.9f, on the processor %.9f; gradient off by %.1e\n",
                std::string(tier.name).c_str(), selection, selection_expected,
                difference(stack.shape, found, expected));
    const Eigen::MatrixXf samples = gpu.curvature_samples(stack, selection_loss, 32, random);
    const Eigen::MatrixXf samples_expected = processor.curvature_samples(stack, selection_loss, 32, same);
    std::printf("%-8s curvature: samples off by %.1e\n", std::string(tier.name).c_str(),
                double((samples - samples_expected).norm() / samples_expected.norm()));
    const std::vector<double> on_gpu = adam_losses(gpu, stack, 200),
                              on_processor = adam_losses(processor, stack, 200);
    double worst = 0.0;
    for (std::size_t i = 0; i < on_gpu.size(); ++i)
        worst = std::max(worst, std::abs(on_gpu[i] / on_processor[i] - 1.0));
    std::printf("%-8s 200 steps: loss %.6f to %.6f, on the processor to %.6f; largest difference %.1e\n",
                std::string(tier.name).c_str(), on_gpu.front(), on_gpu.back(), on_processor.back(), worst);
    std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
    const parallel::OpenedCuda cuda = parallel::open_cuda(count > 1 ? arguments[1] : "");
    if (!cuda.engine) {
        std::printf("SKIPPED: %s\n", cuda.reason.c_str());
        return 0;
    }
    WorkerPool pool(count > 2 ? std::size_t(std::atoi(arguments[2])) : 0);
    std::printf("%s beside %zu threads of %s\n%-8s %-18s %9s %9s %9s %9s %8s\n", cuda.engine->device_name(),
                pool.threads(), std::string(dsp::name(dsp::default_instruction_set())).c_str(), "tier",
                "what", "GPU ms", "MS/s", "CPU ms", "MS/s", "times");
    const DataSet data = noise();
    for (const Tier& tier : tiers)
        if (tier.name != "nano")
            measure(*cuda.engine, tier, data, pool);
}
