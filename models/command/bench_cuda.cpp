#include "models/command/bench_cuda.h"

#include "models/command/progress_bar.h"
#include "models/common/errors.h"
#include "models/parallel/cuda_library.h"
#include "models/parallel/render_stack.h"
#include "models/render/device_renderer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

namespace continuo::command {

namespace {

constexpr int repetitions = 9;

struct Row {
    std::string tier;
    dsp::StackShape shape;
    double rate = 0.0, median = 0.0, minimum = 0.0; // seconds
};

Row measure(parallel::CudaEngine& cuda, const BenchModel& model, double rate, double minutes) {
    Row row{model.tier, model.model.stack().shape, rate};
    const std::vector<float> input = bench_signal(std::size_t(minutes * 60.0 * rate));
    std::vector<float> output(input.size());
    const parallel::PreparedRender prepared(model.model.stack(),
                                            std::vector<float>(model.model.knob_count(), 0.5f));
    const std::unique_ptr<parallel::RenderEngine> engine(cuda.make_renderer(prepared.view()));
    const parallel::RenderJob job{input.data(), output.data(), input.size()};
    engine->run(&job, 1, nullptr, nullptr); // the first run loads the kernels
    std::vector<double> times;
    for (int i = 0; i < repetitions; ++i) {
        const auto start = std::chrono::steady_clock::now();
        engine->run(&job, 1, nullptr, nullptr);
        times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(times);
    row.median = times[repetitions / 2];
    row.minimum = times.front();
    return row;
}

} // namespace

void bench_cuda(const std::vector<BenchModel>& models, double rate, double minutes,
                const OutputOptions& output) {
    const parallel::OpenedCuda cuda = parallel::open_cuda();
    if (!cuda.engine)
        throw JobFailed("--device cuda", cuda.reason, "use --device cpu");
    std::vector<Row> rows;
    {
        ProgressBar bar("Measuring");
        for (const BenchModel& model : models) {
            if (const std::string reason = unfit_for_gpu(model.model); !reason.empty())
                throw JobFailed("--device cuda", reason, "use --device cpu");
            rows.push_back(
                measure(*cuda.engine, model, rate > 0.0 ? rate : model.model.sample_rate(), minutes));
            bar.update(double(rows.size()) / double(models.size()), -1.0);
        }
    }
    const auto samples = [&](const Row& row) { return minutes * 60.0 * row.rate; };
    nlohmann::ordered_json list = nlohmann::json::array();
    for (const Row& row : rows)
        list.push_back({{"tier", row.tier},
                        {"layers", row.shape.layers},
                        {"channels", row.shape.channels},
                        {"modes", row.shape.modes},
                        {"rate", row.rate},
                        {"minutes", minutes},
                        {"milliseconds", 1e3 * row.median},
                        {"milliseconds_minimum", 1e3 * row.minimum},
                        {"ns_per_sample", 1e9 * row.median / samples(row)},
                        {"real_time_factor", minutes * 60.0 / row.median}});
    write_json({{"device", cuda.engine->device_name()},
                {"rows", list},
                {"repetitions", repetitions},
                {"program_version", CONTINUO_VERSION}},
               output);
    if (!output.text())
        return;
    std::printf("%s, a mono file of %s minutes, from memory to memory\n", cuda.engine->device_name(),
                number(minutes).c_str());
    std::printf("%-9s %-10s %8s %12s %10s %10s %11s\n", "tier", "size", "rate", "milliseconds", "minimum",
                "ns/sample", "real time");
    for (const Row& row : rows)
        std::printf("%-9s %zux%zux%-6zu %8s %12.2f %10.2f %10.3f %10.0f×\n", row.tier.c_str(),
                    row.shape.layers, row.shape.channels, row.shape.modes, number(row.rate, 9).c_str(),
                    1e3 * row.median, 1e3 * row.minimum, 1e9 * row.median / samples(row),
                    minutes * 60.0 / row.median);
}

} // namespace continuo::command
