// The kernels that render on a GPU, run on threads of this machine.
#include "models/parallel/render_stack.h"
#include "models/parallel/stack_renderer.h"
#include "models/parallel/thread_device.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <limits>
#include <memory>
#include <vector>

using namespace continuo;
using namespace continuo::parallel;

namespace {

using Audio = std::vector<float>;

std::unique_ptr<RenderEngine> renderer(const dsp::StackParameters& stack, std::size_t round_frames,
                                       int segment_frames) {
    const PreparedRender prepared(stack, std::vector<float>(stack.shape.knobs, 0.5f));
    if (stack.shape.channels <= 8)
        return std::make_unique<StackRenderer<ThreadDevice, 8, 8>>(prepared.view(), round_frames,
                                                                   segment_frames);
    return std::make_unique<StackRenderer<ThreadDevice, 16, 16>>(prepared.view(), round_frames,
                                                                 segment_frames);
}

std::vector<Audio> render(RenderEngine& engine, const std::vector<Audio>& inputs) {
    std::vector<Audio> outputs;
    std::vector<RenderJob> jobs;
    for (const Audio& input : inputs)
        outputs.emplace_back(input.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < inputs.size(); ++i)
        jobs.push_back({inputs[i].data(), outputs[i].data(), inputs[i].size()});
    engine.run(jobs.data(), jobs.size(), nullptr, nullptr);
    return outputs;
}

} // namespace

TEST_CASE("rendering parallel in time is rendering sample by sample") {
    struct Case {
        dsp::StackShape shape;
        std::size_t frames;
    };
    for (const Case& c :
         {Case{{2, 8, 4, 0}, 5000}, {{8, 8, 8, 0}, 3001}, {{3, 5, 7, 2}, 2047}, {{2, 16, 16, 0}, 2501}}) {
        const dsp::StackShape& shape = c.shape;
        const dsp::StackParameters stack = dsp::random_stack(shape, 48000.0, 11);
        const Audio input = dsp::test_signal(c.frames, 1);
        dsp::ReferenceStack reference(stack, 48000.0);
        reference.reset(std::vector<float>(shape.knobs, 0.5f));
        const auto expected = dsp::run(reference, input);
        for (const int segment : {frames_per_segment, render_segment_frames}) {
            const auto engine =
                renderer(stack, 2048, segment); // so that the states cross from round to round
            const auto found = dsp::difference(render(*engine, {input})[0], expected);
            INFO(shape.layers << " x " << shape.channels << " x " << shape.modes << ", segments of "
                              << segment << ": " << found.relative << ", " << found.decibels << " dB");
            CHECK(found.relative < 2e-6);
            CHECK(found.decibels < -120.0);
        }
    }
}

TEST_CASE("a file rendered in company has the bits that it has alone") {
    const dsp::StackParameters stack = dsp::random_stack({2, 8, 4, 0}, 48000.0, 3);
    const auto engine = renderer(stack, 1024, frames_per_segment);
    std::vector<Audio> inputs;
    for (const std::size_t frames : {0, 1, 700, 63, 64, 65, 2600, 5, 0, 400})
        inputs.push_back(dsp::test_signal(frames, frames + 1));
    const std::vector<Audio> together = render(*engine, inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        INFO("file " << i);
        CHECK(together[i] == render(*engine, {inputs[i]})[0]);
    }
}

TEST_CASE("parallel rendering in place tells its progress, and what is no number is silence") {
    const dsp::StackParameters stack = dsp::random_stack({2, 8, 4, 0}, 48000.0, 3);
    const auto engine = renderer(stack, 1024, frames_per_segment);
    Audio broken = dsp::test_signal(1500, 2);
    broken[700] = std::numeric_limits<float>::infinity();
    broken[701] = std::numeric_limits<float>::quiet_NaN();
    Audio mended = broken;
    mended[700] = mended[701] = 0.0f;
    const Audio expected = render(*engine, {mended})[0];
    std::size_t done = 0;
    const RenderJob job{broken.data(), broken.data(), broken.size()};
    engine->run(
        &job, 1, [](void* sum, std::size_t frames) { *static_cast<std::size_t*>(sum) += frames; }, &done);
    CHECK(broken == expected);
    CHECK(done == broken.size());
}
