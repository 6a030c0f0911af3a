// How long a file of ten minutes takes on a GPU, transfers to it and back included, and how far the sound is
// from that of the real-time core.
//
//   cuda_rendering [LIBRARY [MINUTES]]    LIBRARY: libcontinuo_cuda.so
#include "models/parallel/cuda_library.h"
#include "models/parallel/render_stack.h"

#include "tests/dsp/stacks.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

using namespace continuo;

namespace {

constexpr double rate = 48000.0;
constexpr std::size_t repetitions = 9;

double milliseconds(const std::chrono::steady_clock::time_point& start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void measure(parallel::CudaEngine& engine, const dsp::StackShape& shape, std::size_t minutes) {
    const dsp::StackParameters stack = dsp::random_stack(shape, rate, 7);
    const std::vector<float> minute = dsp::test_signal(std::size_t(60 * rate), 3);
    std::vector<float> input, output(minute.size() * minutes), again(output.size());
    for (std::size_t i = 0; i < minutes; ++i)
        input.insert(input.end(), minute.begin(), minute.end());
    const parallel::PreparedRender prepared(stack, std::vector<float>(shape.knobs, 0.5f));
    const std::unique_ptr<parallel::RenderEngine> renderer(engine.make_renderer(prepared.view()));
    const parallel::RenderJob job{input.data(), output.data(), input.size()};
    const parallel::RenderJob same{input.data(), again.data(), input.size()};
    renderer->run(&job, 1, nullptr, nullptr);
    std::vector<double> times;
    for (std::size_t i = 0; i < repetitions; ++i) {
        const auto start = std::chrono::steady_clock::now();
        renderer->run(&same, 1, nullptr, nullptr);
        times.push_back(milliseconds(start));
    }
    std::ranges::sort(times);

    dsp::StreamingStack core(stack, rate);
    core.reset(std::vector<float>(shape.knobs, 0.5f));
    std::vector<float> expected(
        2 * minute.size()); // of the whole, what the core takes is measured on its beginning
    const auto start = std::chrono::steady_clock::now();
    core.process(input.data(), expected.data(), expected.size());
    const double core_time = milliseconds(start) * double(minutes) / 2.0;
    double error = 0.0, largest = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        error = std::max(error, double(std::abs(output[i] - expected[i])));
        largest = std::max(largest, double(std::abs(expected[i])));
    }
    const double median = times[repetitions / 2],
                 sample_channels = double(input.size() * shape.layers * shape.channels);
    std::printf("%zux%zux%-3zu %9.2f %9.2f %11.0fx %9.2f %11.0f %10.1e %s\n", shape.layers, shape.channels,
                shape.modes, median, times.front(), double(minutes) * 60e3 / median,
                median * 1e9 / sample_channels, core_time, error / largest,
                output == again ? "same" : "DIFFERENT");
    std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
    const parallel::OpenedCuda cuda = parallel::open_cuda(count > 1 ? arguments[1] : "");
    if (!cuda.engine) {
        std::printf("SKIPPED: %s\n", cuda.reason.c_str());
        return 0;
    }
    const std::size_t minutes = count > 2 ? std::size_t(std::atoi(arguments[2])) : 10;
    std::printf("%s, %zu minutes at %.0f Hz, mono\n%-8s %9s %9s %12s %9s %11s %10s %s\n",
                cuda.engine->device_name(), minutes, rate, "shape", "median ms", "least ms", "real time",
                "ps/sc", "core ms", "error", "bits of two runs");
    for (const dsp::StackShape& shape :
         {dsp::StackShape{4, 16, 16, 0}, {2, 8, 4, 0}, {4, 8, 8, 0}, {8, 8, 8, 0}, {8, 16, 8, 0}})
        measure(*cuda.engine, shape, minutes);
}
