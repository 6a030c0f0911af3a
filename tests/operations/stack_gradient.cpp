#include "models/operations/stack_gradient.h"

#include "dsp/streaming_stack.h"
#include "models/operations/reference_stack_gradient.h"
#include "tests/catch.h"
#include "tests/operations/example_stack.h"

#include <bit>
#include <cmath>
#include <cstdint>

using namespace continuo;
using namespace continuo::operations;

namespace {

struct Case {
    dsp::StackShape shape;
    std::size_t frames, first;
    dsp::Activation activation = dsp::Activation::tanh;
};

/// All tiers, padded channels, few modes, and lengths that end inside a chunk.
const Case cases[] = {
    {{2, 8, 4, 0}, 1500, 640},
    {{4, 8, 8, 3}, 1000, 64},
    {{3, 5, 3, 0}, 700, 0},
    {{2, 16, 8, 0}, 700, 64},
    {{2, 12, 5, 3}, 777, 0},
    {{2, 8, 1, 3}, 1500, 640},
    {{2, 8, 2, 0}, 129, 64},
    {{1, 2, 3, 1}, 63, 0},
    {{4, 8, 8, 3}, 1000, 64, dsp::Activation::isru},
    {{2, 12, 5, 3}, 777, 0, dsp::Activation::isru},
    {{1, 2, 3, 1}, 63, 0, dsp::Activation::isru},
    {{2, 16, 8, 0}, 700, 64, dsp::Activation::isru},
};

struct Run {
    std::vector<float> output;
    std::vector<double> gradient;
};

struct Job {
    dsp::StackParameters parameters;
    std::vector<float> knobs, input, output_gradient;
    std::size_t first;

    explicit Job(const Case& c, std::uint32_t seed = 1)
        : parameters(example_stack(c.shape, seed)), knobs(example_knobs(c.shape.knobs)),
          input(example_signal(c.frames, seed + 1)), output_gradient(example_noise(c.frames, seed + 2)),
          first(c.first) {
        parameters.activation = c.activation;
    }

    Run run(dsp::InstructionSet set, SequenceWorkspace& workspace) const {
        const StackGradient stack(set);
        const PreparedStack prepared(parameters, knobs);
        Run run{std::vector<float>(input.size()),
                std::vector<double>(ParameterLayout(parameters.shape).size())};
        stack.forward(prepared, input, run.output, workspace);
        stack.backward(parameters, prepared, knobs, input, first, output_gradient, workspace, run.gradient);
        return run;
    }
};

double largest(const std::vector<double>& values) {
    double most = 0.0;
    for (const double value : values)
        most = std::max(most, std::abs(value));
    return most;
}

} // namespace

TEST_CASE("output and gradient in float agree with the reference in double, on every instruction set") {
    for (const Case& c : cases)
        for (const std::uint32_t seed : {11u, 21u, 31u}) {
            const Job job(c, seed);
            const std::vector<double> learned = to_learned(job.parameters);
            ReferenceStackGradient<double> reference(c.shape, job.knobs, c.activation);
            const std::vector<double> output = reference.forward(learned, learned, job.input, job.first);
            const std::vector<double> gradient =
                reference.backward(learned, job.input, job.first, job.output_gradient);
            const ParameterLayout layout(c.shape);
            for (const dsp::InstructionSet set : dsp::available_instruction_sets()) {
                SequenceWorkspace workspace(c.shape, c.frames);
                const Run run = job.run(set, workspace);
                INFO(c.shape.layers << " x " << c.shape.channels << " x " << c.shape.modes << ", "
                                    << c.shape.knobs << " knobs, seed " << seed << ", " << dsp::name(set));
                double worst = 0.0;
                for (std::size_t t = 0; t < c.frames; ++t)
                    worst = std::max(worst, std::abs(output[t] - double(run.output[t])));
                CHECK(worst <= 1.5e-5 * largest(output)); // measured: 1.1e-5 at most
                for (const LearnedTensor& tensor : layout.tensors()) {
                    double error = 0.0, norm = 0.0;
                    for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
                        error += (run.gradient[i] - gradient[i]) * (run.gradient[i] - gradient[i]);
                        norm += gradient[i] * gradient[i];
                    }
                    INFO(tensor.name << " of layer " << tensor.layer);
                    CHECK(std::sqrt(error) <=
                          1e-5 * std::sqrt(norm)); // measured: 7e-6 at most, half below 4e-7
                }
            }
        }
}

TEST_CASE("the trainer's forward pass is what the plug-in plays") {
    for (const Case& c : cases) {
        const Job job(c);
        for (const dsp::InstructionSet set : dsp::available_instruction_sets()) {
            SequenceWorkspace workspace(c.shape, c.frames);
            const Run run = job.run(set, workspace);
            dsp::StreamingStack streaming(job.parameters, job.parameters.sample_rate, set);
            streaming.reset(job.knobs);
            std::vector<float> played(c.frames);
            streaming.process(job.input.data(), played.data(), c.frames);
            float most = 0.0f, worst = 0.0f;
            for (std::size_t t = 0; t < c.frames; ++t) {
                most = std::max(most, std::abs(played[t]));
                worst = std::max(worst, std::abs(played[t] - run.output[t]));
            }
            INFO(c.shape.channels << " channels, " << dsp::name(set)
                                  << (c.activation == dsp::Activation::tanh ? ", tanh" : ", isru"));
            CHECK(worst <= 1.5e-5f * most); // each is within 1e-5 of the reference
        }
    }
}

TEST_CASE("the same call gives the same bits, whatever the workspace held before") {
    for (const Case& c : cases)
        for (const dsp::InstructionSet set : dsp::available_instruction_sets()) {
            const Job job(c), other(c, 77);
            SequenceWorkspace workspace(c.shape, c.frames), longer(c.shape, c.frames + 1000);
            const Run once = job.run(set, workspace);
            other.run(set, workspace);
            other.run(set, longer);
            for (const Run& again : {job.run(set, workspace), job.run(set, longer)}) {
                for (std::size_t t = 0; t < c.frames; ++t)
                    REQUIRE(std::bit_cast<std::uint32_t>(again.output[t]) ==
                            std::bit_cast<std::uint32_t>(once.output[t]));
                for (std::size_t i = 0; i < once.gradient.size(); ++i)
                    REQUIRE(std::bit_cast<std::uint64_t>(again.gradient[i]) ==
                            std::bit_cast<std::uint64_t>(once.gradient[i]));
            }
        }
}

TEST_CASE("backward adds to the gradient, and may end before the forward pass did") {
    const Case c{{2, 5, 3, 1}, 700, 64};
    const Job job(c);
    const PreparedStack prepared(job.parameters, job.knobs);
    for (const dsp::InstructionSet set : dsp::available_instruction_sets()) {
        const StackGradient stack(set);
        SequenceWorkspace workspace(c.shape, c.frames);
        std::vector<float> output(c.frames);
        std::vector<double> brief(ParameterLayout(c.shape).size()), twice, padded = brief;

        const std::size_t shorter = 333;
        stack.forward(prepared, job.input, output, workspace);
        stack.backward(job.parameters, prepared, job.knobs, std::span(job.input).first(shorter), c.first,
                       std::span(job.output_gradient).first(shorter), workspace, brief);
        twice = brief;
        stack.backward(job.parameters, prepared, job.knobs, std::span(job.input).first(shorter), c.first,
                       std::span(job.output_gradient).first(shorter), workspace, twice);
        std::vector<float> zero_after = job.output_gradient;
        std::fill(zero_after.begin() + shorter, zero_after.end(), 0.0f);
        stack.backward(job.parameters, prepared, job.knobs, job.input, c.first, zero_after, workspace,
                       padded);
        const double size = largest(brief);
        for (std::size_t i = 0; i < brief.size(); ++i) {
            REQUIRE(twice[i] == 2.0 * brief[i]);
            REQUIRE(std::abs(padded[i] - brief[i]) <= 1e-6 * size);
        }
    }
}

TEST_CASE("learned values keep a model's output, and a model its learned values") {
    dsp::StackParameters parameters = example_stack({2, 5, 3, 2}, 3);
    const std::vector<double> learned = to_learned(parameters);
    dsp::StackParameters copy = dsp::make_stack(parameters.shape, parameters.sample_rate);
    from_learned(learned, copy);
    REQUIRE(learned.size() == dsp::parameter_count(parameters.shape));
    CHECK_NOTHROW(dsp::validate(copy));
    const std::vector<double> again = to_learned(copy);
    for (std::size_t i = 0; i < learned.size(); ++i)
        CHECK(again[i] == Approx(learned[i]).epsilon(1e-7));
    for (std::size_t l = 0; l < 2; ++l) {
        CHECK(copy.layers[l].mixing == parameters.layers[l].mixing);
        CHECK(copy.layers[l].knob_gate == parameters.layers[l].knob_gate);
        for (std::size_t i = 0; i < copy.layers[l].pole_decay.size(); ++i)
            CHECK(copy.layers[l].pole_decay[i] == Approx(parameters.layers[l].pole_decay[i]).epsilon(1e-6));
    }
}

TEST_CASE("poles stay stable and below half of the sample rate, however far the optimiser goes") {
    dsp::StackParameters parameters = example_stack({1, 2, 2, 0}, 3);
    std::vector<double> learned = to_learned(parameters);
    const ParameterLayout layout(parameters.shape);
    for (const double far : {-1e3, 1e3}) {
        for (const std::size_t offset : {layout.layer(0).pole_decay, layout.layer(0).pole_frequency})
            for (std::size_t i = 0; i < 4; ++i)
                learned[offset + i] = far;
        from_learned(learned, parameters);
        CHECK_NOTHROW(dsp::validate(parameters));
    }
}

TEST_CASE("the trainer refuses what it has no room for") {
    const dsp::StackParameters wide = example_stack({1, 17, 1, 0}, 1), small = example_stack({1, 2, 2, 1}, 1);
    CHECK_THROWS_AS(PreparedStack(wide, {}), std::invalid_argument);
    CHECK_THROWS_AS(SequenceWorkspace(wide.shape, 10), std::invalid_argument);
    CHECK_THROWS_AS(PreparedStack(small, {}), std::invalid_argument);
    const std::vector<float> knobs{0.5f}, input(11, 0.0f);
    const PreparedStack prepared(small, knobs);
    SequenceWorkspace brief(small.shape, 10), other({1, 3, 2, 1}, 20);
    std::vector<float> output(11);
    CHECK_THROWS_AS(StackGradient().forward(prepared, input, output, brief), std::invalid_argument);
    CHECK_THROWS_AS(StackGradient().forward(prepared, input, output, other), std::invalid_argument);

    std::vector<double> gradient(ParameterLayout(small.shape).size());
    const StackGradient stack;
    const auto ten = std::span(input).first(10);
    stack.forward(prepared, ten, std::span(output).first(10), brief);
    CHECK_THROWS_AS(stack.backward(small, prepared, knobs, ten, 10, ten, brief, gradient),
                    std::invalid_argument);
}
