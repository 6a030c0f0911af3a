#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <cmath>

using namespace continuo::dsp;

namespace {

const std::vector<StackShape> shapes{
    {2, 8, 4, 0},   // nano
    {4, 8, 8, 0},   // standard
    {8, 8, 8, 0},   // high
    {8, 16, 8, 0},  // ultra
    {4, 8, 8, 3},   // with knobs
    {2, 1, 1, 1},   // the smallest
    {3, 5, 7, 2},   // nothing fits a register
    {2, 9, 3, 0},   // one channel too many for a register
    {1, 24, 6, 1},  // three registers of AVX2
    {1, 33, 2, 16}, // more than any fixed number of registers, all knobs
    {2, 12, 17, 0},
};

/// Runs check(stack) for the stack with each activation.
template <class Check>
void with_each_activation(StackParameters parameters, const Check& check) {
    for (const Activation activation : {Activation::tanh, Activation::isru}) {
        parameters.activation = activation;
        INFO((activation == Activation::tanh ? "tanh" : "isru"));
        check(parameters);
    }
}

void agrees_while_knobs_move(const StackParameters& parameters, double rate) {
    const StackShape& shape = parameters.shape;
    const std::vector<float> first = test_signal(3000, 1), second = test_signal(5000, 2);
    const std::vector<float> knobs(shape.knobs, 0.8f);
    ReferenceStack reference(parameters, rate);
    std::vector<double> expected = run(reference, first);
    reference.set_knobs(knobs);
    const std::vector<double> rest = run(reference, second);
    expected.insert(expected.end(), rest.begin(), rest.end());

    for (const InstructionSet set : available_instruction_sets()) {
        StreamingStack stack(parameters, rate, set);
        std::vector<float> output = run(stack, first, 64);
        stack.set_knobs(knobs);
        const std::vector<float> output_rest = run(stack, second, 64);
        output.insert(output.end(), output_rest.begin(), output_rest.end());
        const Difference found = difference(output, expected);
        INFO(describe(shape, set) << ": " << found.relative << ", " << found.decibels << " dB");
        CHECK(found.relative < 1e-5);
        CHECK(found.decibels < -100.0);
    }
}

void does_not_depend_on_blocks(const StackParameters& parameters, double rate) {
    const StackShape& shape = parameters.shape;
    const std::vector<float> input = test_signal(2500, 4);
    const std::vector<float> knobs(shape.knobs, 0.6f);
    for (const InstructionSet set : available_instruction_sets()) {
        INFO(describe(shape, set));
        StreamingStack whole(parameters, rate, set);
        whole.set_knobs(knobs); // reached after 960 samples, in the middle of every kind of block
        const std::vector<float> expected = run(whole, input, input.size());
        for (const std::size_t block : {1, 7, 16, 64, 511}) {
            StreamingStack stack(parameters, rate, set);
            stack.set_knobs(knobs);
            INFO("block " << block);
            CHECK(run(stack, input, block) == expected);
        }
        StreamingStack stack(parameters, rate, set);
        stack.set_knobs(knobs);
        std::vector<float> steps;
        for (const float sample : input)
            steps.push_back(stack.step(sample));
        CHECK(steps == expected);
    }
}

} // namespace

TEST_CASE("every instruction set agrees with the reference while knobs move") {
    for (const StackShape& shape : shapes)
        with_each_activation(random_stack(shape, 48000.0, 11),
                             [](const StackParameters& stack) { agrees_while_knobs_move(stack, 48000.0); });
}

TEST_CASE("every instruction set agrees with the reference at other rates, while knobs move") {
    for (const StackShape& shape : {StackShape{2, 8, 6, 0}, {2, 12, 5, 2}, {2, 33, 2, 1}})
        for (const double rate : {44100.0, 96000.0, 192000.0})
            with_each_activation(random_stack(shape, 48000.0, 5), [&](const StackParameters& stack) {
                INFO(rate << " Hz");
                agrees_while_knobs_move(stack, rate);
            });
}

TEST_CASE("the cut into blocks does not change a bit") {
    for (const StackShape& shape : shapes)
        with_each_activation(random_stack(shape, 48000.0, 23),
                             [](const StackParameters& stack) { does_not_depend_on_blocks(stack, 48000.0); });
    for (const StackShape& shape : {StackShape{2, 8, 6, 1}, {2, 33, 2, 0}})
        with_each_activation(random_stack(shape, 48000.0, 23),
                             [](const StackParameters& stack) { does_not_depend_on_blocks(stack, 96000.0); });
}

TEST_CASE("in place and moved stacks give the same bits") {
    const StackParameters parameters = random_stack({2, 8, 4, 1}, 48000.0, 3);
    const std::vector<float> input = test_signal(1000, 9);
    StreamingStack stack(parameters, 48000.0);
    const std::vector<float> expected = run(stack, input, 100);

    StreamingStack original(parameters, 48000.0);
    StreamingStack moved(std::move(original));
    std::vector<float> buffer = input;
    moved.process(buffer.data(), buffer.data(), buffer.size());
    CHECK(buffer == expected);
}
