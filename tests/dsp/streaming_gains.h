#pragma once

// What holds for the streams of both families whose models compute a gain.
#include "dsp/gain/streaming_gain.h"
#include "dsp/instruction_set.h"
#include "tests/catch.h"
#include "tests/dsp/gains.h"
#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace continuo::dsp {

/// Checks every instruction set against `reference`, a function from the input to the output, and against the
/// others.
template <typename Parameters, typename Reference>
void equals_reference(const Parameters& model, double rate, const std::vector<float>& knobs,
                      const Reference& reference) {
    const std::vector<float> input = bursts(20000, rate, 1);
    const std::vector<double> expected = reference(std::vector<double>(input.begin(), input.end()));
    double largest = 0.0;
    for (const double sample : expected)
        largest = std::max(largest, std::abs(sample));
    CHECK(largest > 1e-3);
    std::vector<double> first;
    for (const InstructionSet set : available_instruction_sets()) {
        INFO(name(set) << ", " << rate << " Hz");
        GainStream<decltype(model.shape)> stream(model, rate, set);
        stream.reset(knobs);
        const std::vector<float> output = run(stream, input, 512);
        CHECK(difference(output, expected).relative < 1e-7);
        if (first.empty())
            first.assign(output.begin(), output.end());
        CHECK(difference(output, first).relative < 1.2e-7); // a rounding of the output
    }
}

/// Checks that a model with one knob, which moves, gives the same bits for blocks of any size and in an
/// object that is moved in between, on every instruction set.
template <typename Parameters>
void does_not_depend_on_blocks(const Parameters& model) {
    const std::vector<float> input = bursts(5000, 48000.0, 2);
    for (const InstructionSet set : available_instruction_sets())
        for (const double rate : {44100.0, 48000.0, 192000.0}) {
            INFO(name(set) << ", " << rate << " Hz");
            const auto begun = [&] {
                GainStream<decltype(model.shape)> stream(model, rate, set);
                stream.reset(std::vector<float>{0.1f});
                stream.set_knobs(std::vector<float>{0.8f});
                return stream;
            };
            auto stream = begun();
            const std::vector<float> whole = run(stream, input, input.size());
            for (const std::size_t block : {1u, 7u, 16u, 64u, 100u, 1000u}) {
                auto again = begun();
                CHECK(run(again, input, block) == whole);
            }
            auto steps = begun();
            for (std::size_t t = 0; t < input.size() / 2; ++t)
                if (steps.step(input[t]) != whole[t])
                    FAIL("sample " << t);
            auto moved = std::move(steps);
            for (std::size_t t = input.size() / 2; t < input.size(); ++t)
                if (moved.step(input[t]) != whole[t])
                    FAIL("sample " << t);
        }
}

} // namespace continuo::dsp
