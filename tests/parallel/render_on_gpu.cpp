// What the library for CUDA gives on a GPU; skipped where there is none.
#include "models/parallel/cuda_library.h"
#include "models/parallel/render_stack.h"
#include "models/parallel/stack_renderer.h"
#include "models/parallel/thread_device.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <cstdio>
#include <memory>
#include <vector>

using namespace continuo;
using namespace continuo::parallel;

namespace {

/// Null, and says so, where there is no GPU.
CudaEngine* gpu() {
    static const OpenedCuda cuda = open_cuda();
    if (!cuda.engine)
        std::printf("SKIPPED: %s\n", cuda.reason.c_str());
    return cuda.engine.get();
}

std::vector<float> render(RenderEngine& engine, const std::vector<float>& input) {
    std::vector<float> output(input.size());
    const RenderJob job{input.data(), output.data(), input.size()};
    engine.run(&job, 1, nullptr, nullptr);
    return output;
}

const dsp::StackShape shapes[] = {{2, 8, 4, 0},  {4, 8, 8, 0},   {8, 8, 8, 0},
                                  {8, 16, 8, 0}, {4, 16, 16, 0}, {3, 5, 7, 2}};

} // namespace

TEST_CASE("a GPU renders what the real-time core plays") {
    CudaEngine* const cuda = gpu();
    if (cuda == nullptr)
        return;
    for (const dsp::StackShape& shape : shapes) {
        const dsp::StackParameters stack = dsp::random_stack(shape, 48000.0, 5);
        const std::vector<float> knobs(shape.knobs, 0.5f);
        const PreparedRender prepared(stack, knobs);
        const std::unique_ptr<RenderEngine> engine(cuda->make_renderer(prepared.view()));
        const std::vector<float> input = dsp::test_signal(5000001, 6); // three rounds
        dsp::StreamingStack core(stack, 48000.0);
        core.reset(knobs);
        std::vector<float> played(input.size());
        core.process(input.data(), played.data(), input.size());
        const std::vector<float> output = render(*engine, input);
        const auto found = dsp::difference(output, {played.begin(), played.end()});
        INFO(shape.layers << " x " << shape.channels << " x " << shape.modes << ": " << found.relative);
        CHECK(found.relative < 5e-6);
        CHECK(render(*engine, input) == output);
    }
}

TEST_CASE("a GPU gives the bits of the same kernels on threads of the host") {
    CudaEngine* const cuda = gpu();
    if (cuda == nullptr)
        return;
    const dsp::StackParameters stack = dsp::random_stack({2, 8, 8, 0}, 48000.0, 5);
    const PreparedRender prepared(stack, {});
    const std::vector<float> input = dsp::test_signal(3001, 6);
    StackRenderer<ThreadDevice, 8, 8> threads(prepared.view(), 8192, render_segment_frames);
    const std::unique_ptr<RenderEngine> engine(cuda->make_renderer(prepared.view()));
    CHECK(render(*engine, input) == render(threads, input));
}
