// The kernels that render on a GPU, run on threads of this machine.
#include "models/parallel/render_stack.h"
#include "models/parallel/stack_renderer.h"
#include "models/parallel/thread_device.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <vector>

using namespace continuo;
using namespace continuo::parallel;

namespace {

std::vector<std::vector<float>> render(const dsp::StackParameters& stack, double rate,
                                       const std::vector<std::vector<float>>& inputs,
                                       std::size_t round_frames) {
    const PreparedRender prepared(stack, rate, std::vector<float>(stack.shape.knobs, 0.5f));
    std::vector<std::vector<float>> outputs = inputs;
    std::vector<RenderJob> jobs;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        jobs.push_back({inputs[i].data(), outputs[i].data(), inputs[i].size()});
    const auto run = [&](auto&& renderer) { renderer.run(jobs.data(), jobs.size(), nullptr, nullptr); };
    if (stack.shape.channels <= 8)
        run(StackRenderer<ThreadDevice, 8, 8>(prepared.view(), round_frames, frames_per_segment));
    else
        run(StackRenderer<ThreadDevice, 16, 16>(prepared.view(), round_frames, frames_per_segment));
    return outputs;
}

} // namespace

TEST_CASE("rendering parallel in time is rendering sample by sample") {
    for (const dsp::StackShape& shape :
         {dsp::StackShape{2, 8, 4, 0}, {4, 8, 8, 0}, {3, 5, 7, 2}, {2, 16, 16, 0}}) {
        const dsp::StackParameters stack = dsp::random_stack(shape, 48000.0, 11);
        const std::vector<float> input = dsp::test_signal(5000, 1);
        dsp::ReferenceStack reference(stack, 48000.0);
        reference.reset(std::vector<float>(shape.knobs, 0.5f));
        const auto expected = dsp::run(reference, input);
        for (const std::size_t round : {2048, 8192}) {
            const auto found = dsp::difference(render(stack, 48000.0, {input}, round)[0], expected);
            INFO(shape.layers << " x " << shape.channels << " x " << shape.modes << ", rounds of " << round
                              << ": " << found.relative << ", " << found.decibels << " dB");
            CHECK(found.relative < 5e-6);
            CHECK(found.decibels < -110.0);
        }
    }
}
