// The kernels that train, compiled with ThreadSanitizer as kernel_races.cpp is.
#include "models/operations/stack_gradient.h"
#include "models/parallel/stack_gradient_engine.h"
#include "models/parallel/thread_device.h"

#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

using namespace continuo;
using namespace continuo::parallel;

TEST_CASE("threads of the kernels that train wait for each other where they must") {
    const std::vector<float> dry = dsp::test_signal(400, 1), wet = dsp::test_signal(400, 2);
    for (const dsp::StackShape& shape : {dsp::StackShape{1, 8, 5, 0}, {1, 16, 1, 0}}) {
        const operations::PreparedStack stack(dsp::random_stack(shape, 48000.0, 5), {});
        const StackLayout& layout = stack.layout();
        const std::unique_ptr<GradientEngine> engine(make_stack_gradient_engine<ThreadDevice>(
            {layout, dry.data(), wet.data(), std::int64_t(dry.size())}, gradient_round_frames(layout)));
        const std::vector<double> rest(std::size_t(layout.layers * layout.modes * 2 * layout.channels), 0.0);
        const float decoder_bias = stack.decoder_bias();
        const GradientSequence sequences[] = {{0, 160, 64, 64, 0, 0.1, 0.1, 0},
                                              {200, 70, 20, 0, 0, 0.1, 0.1, 0}};
        double losses[2];
        std::vector<double> sums(std::size_t(CoefficientSumLayout{layout}.size())), adjoints(rest.size());
        engine->run({1, stack.values(), &decoder_bias, rest.data(), sequences, 2, false, false, losses,
                     sums.data(), adjoints.data()});
        CHECK(losses[0] > 0.0);
        CHECK(std::all_of(sums.begin(), sums.end(), [](double sum) { return std::isfinite(sum); }));
    }
}
