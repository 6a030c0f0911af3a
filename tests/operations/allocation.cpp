#include "models/operations/mr_stft_loss.h"
#include "models/operations/stack_gradient.h"
#include "models/operations/waveform_loss.h"
#include "tests/catch.h"
#include "tests/operations/example_stack.h"

#include <cstdlib>
#include <new>

using namespace continuo;
using namespace continuo::operations;

namespace {

std::size_t allocations = 0;

} // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

TEST_CASE("a step of training allocates nothing once its buffers stand") {
    const dsp::StackParameters parameters = example_stack({2, 8, 4, 2}, 1);
    const std::vector<float> knobs = example_knobs(2), input = example_signal(2000, 2),
                             target = example_signal(2000, 3);
    std::vector<float> output(2000), output_gradient(2000, 0.0f);
    std::vector<double> gradient(ParameterLayout(parameters.shape).size());
    const StackGradient stack;
    const PreparedStack prepared(parameters, knobs);
    SequenceWorkspace workspace(parameters.shape, 2000);
    MrStftLoss stft_loss(2000);

    const std::size_t before = allocations;
    stack.forward(prepared, input, output, workspace);
    const WaveformEnergies energies = waveform_energies(target, 64);
    const double loss = waveform_loss(target, output, 64, energies, {}, output_gradient) +
                        stft_loss.evaluate(target, output, 0.1, output_gradient);
    stack.backward(parameters, prepared, knobs, input, 64, output_gradient, workspace, gradient);
    const std::size_t after = allocations;
    CHECK(after == before);
    CHECK(loss > 0.0);
}
