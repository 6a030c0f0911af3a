// What the library for CUDA gives on a GPU when it trains; skipped where there is none.
#include "models/operations/stack_gradient.h"
#include "models/parallel/cuda_library.h"
#include "models/parallel/stack_gradient_engine.h"
#include "models/parallel/thread_device.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <cstdio>
#include <memory>
#include <vector>

using namespace continuo;
using namespace continuo::parallel;

namespace {

struct Answer {
    std::vector<double> losses, sums, adjoints;
    bool operator==(const Answer&) const = default;
};

Answer ask(GradientEngine& engine, const operations::PreparedStack& stack, bool along_signs) {
    const StackLayout& layout = stack.layout();
    const std::vector<double> rest(std::size_t(layout.layers * layout.modes * 2 * layout.channels), 0.1);
    const float decoder_bias = stack.decoder_bias();
    const std::vector<GradientSequence> sequences{{0, 1500, 128, 128, 0, 0.1, 0.2, 1},
                                                  {1500, 333, 20, 0, 0, 0.1, 0.2, 2},
                                                  {7, 50, 0, 0, 0, 0.3, 0.1, 3}};
    const std::size_t rows = along_signs ? sequences.size() : 1;
    Answer answer{std::vector<double>(sequences.size()),
                  std::vector<double>(rows * std::size_t(CoefficientSumLayout{layout}.size())),
                  std::vector<double>(rows * rest.size())};
    engine.run({1, stack.values(), &decoder_bias, rest.data(), sequences.data(), int(sequences.size()),
                along_signs, along_signs, answer.losses.data(), answer.sums.data(), answer.adjoints.data()});
    return answer;
}

} // namespace

TEST_CASE("a GPU trains with the bits of the same kernels on threads of the host") {
    static const OpenedCuda cuda = open_cuda();
    if (!cuda.engine) {
        std::printf("SKIPPED: %s\n", cuda.reason.c_str());
        return;
    }
    const std::vector<float> dry = dsp::test_signal(2000, 1), wet = dsp::test_signal(2000, 2);
    for (const dsp::StackShape& shape :
         {dsp::StackShape{2, 8, 4, 0}, {2, 8, 8, 0}, {1, 16, 8, 0}, {1, 16, 16, 0}, {1, 8, 13, 0}}) {
        const operations::PreparedStack stack(dsp::random_stack(shape, 48000.0, 5), {});
        const GradientSetup setup{stack.layout(), dry.data(), wet.data(), std::int64_t(dry.size())};
        const std::unique_ptr<GradientEngine> gpu(cuda.engine->make_gradient_engine(setup));
        const std::unique_ptr<GradientEngine> threads(
            make_stack_gradient_engine<ThreadDevice>(setup, gradient_round_frames(setup.layout)));
        INFO(shape.channels << " channels, " << shape.modes << " modes");
        for (const bool along_signs : {false, true}) {
            const Answer expected = ask(*threads, stack, along_signs);
            for (int repetition = 0; repetition < 3; ++repetition) // as it is, then as a graph
                CHECK(ask(*gpu, stack, along_signs) == expected);
        }
    }
}
