// Compiled with ThreadSanitizer, which ends the program where two threads of a block, or two threads that
// share a row of the scan, touch the same memory without a barrier or a hand-over between them.
#include "models/parallel/render_stack.h"
#include "models/parallel/scan/selective/device_selective_scan.h"
#include "models/parallel/stack_renderer.h"
#include "models/parallel/thread_device.h"
#include "tests/benchmarks/gpu_comparators/fft_convolution.h"
#include "tests/catch.h"
#include "tests/dsp/stacks.h"
#include "tests/parallel/scan_cases.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace continuo;
using namespace continuo::parallel;

TEST_CASE("threads that scan wait for each other where they must") {
    for (const ScanBackEnd& kind : scan_back_ends())
        for (const std::size_t modes : {8, 16}) {
            constexpr std::size_t frames = 13001;
            // With two threads, one row of three is shared.
            const std::size_t rows = std::min<std::size_t>(kind.most_samples / frames, 3);
            const ScanCase one({1, rows, frames, modes}, ScanCase::Modes::lively, true);
            INFO(kind.name << ", " << one.text());
            const auto back_end = kind.make(modes);
            back_end->prepare(rows, modes, one.model());
            const ScanResult found = forward(*back_end, one);
            CHECK(std::all_of(found.y.begin(), found.y.end(), [](float y) { return std::isfinite(y); }));
            CHECK(std::isfinite(backward(*back_end, one).u[0]));
        }
}

TEST_CASE("threads of the kernels that render wait for each other where they must") {
    const dsp::StackParameters stack = dsp::random_stack({2, 8, 4, 0}, 48000.0, 5);
    const PreparedRender prepared(stack, std::vector<float>(stack.shape.knobs, 0.5f));
    StackRenderer<ThreadDevice, 8, 4> renderer(prepared.view(), 256, frames_per_segment);
    const std::vector<float> input = dsp::test_signal(300, 1);
    std::vector<float> output(input.size());
    const RenderJob job{input.data(), output.data(), input.size()};
    renderer.run(&job, 1, nullptr, nullptr);
    CHECK(std::all_of(output.begin(), output.end(), [](float y) { return std::isfinite(y); }));
}

TEST_CASE("threads of the selective scan wait for each other where they must") {
    const SelectiveShape shape{1, 2, 700, 4};
    const std::vector<float> decay(shape.channels * shape.modes, -10.0f), delta(shape.samples(), 0.001f),
        u(shape.samples(), 1.0f), selection(shape.selections(), 1.0f);
    std::vector<float> y(shape.samples());
    ThreadDevice device;
    DeviceSelectiveScan<ThreadDevice, 4> scan(device);
    scan.forward(shape, {{decay.data(), delta.data(), u.data(), selection.data(), selection.data(), nullptr},
                         y.data(),
                         nullptr});
    CHECK(y.back() == Approx(4.0).epsilon(0.01)); // seven time constants later

    std::vector<float> by_u(shape.samples()), by_delta(by_u), by_input(shape.selections()),
        by_readout(by_input);
    std::vector<double> by_decay(decay.size());
    const SelectiveInput in{decay.data(),     delta.data(),     u.data(),
                            selection.data(), selection.data(), nullptr};
    scan.backward(shape, {in, u.data(), nullptr, by_u.data(), by_delta.data(), by_input.data(),
                          by_readout.data(), by_decay.data(), nullptr});
    // The first sample reaches all the others through four modes: what it adds decays from 1 − exp(−0.01).
    CHECK(by_u.front() == Approx(4.0).epsilon(0.01));
}

TEST_CASE("threads of the Fourier transforms wait for each other where they must") {
    const ScanShape shape{1, 1, 100, 1};
    const float delta = -0.5f, zero = 0.0f, readout = 1.0f;
    ThreadDevice device;
    scan_speed::FftConvolution<ThreadDevice, 64> convolution(
        device, shape, scan_speed::impulse_responses(shape, {&delta, &zero, &readout, &zero}, shape.frames));
    const std::vector<float> u(shape.frames, 1.0f);
    std::vector<float> y(shape.frames);
    convolution.forward(u.data(), y.data());
    CHECK(y.back() == Approx(2.0).epsilon(1e-5)); // 1 + ½ + ¼ + ...
}
