#include "models/operations/reference_stack_gradient.h"

#include "dsp/reference_stack.h"
#include "tests/catch.h"
#include "tests/operations/dual_number.h"
#include "tests/operations/example_stack.h"

using namespace continuo;
using namespace continuo::operations;

namespace {

using dsp::Activation;

struct Case {
    dsp::StackShape shape;
    std::size_t frames, first;
    Activation activation = Activation::tanh;
};

const Case cases[] = {
    {{2, 3, 1, 0}, 50, 0},
    {{2, 3, 2, 3}, 150, 0},
    {{3, 5, 3, 2}, 150, 64},
    {{1, 2, 4, 1}, 200, 128},
    {{2, 3, 2, 3}, 150, 0, Activation::isru},
    {{3, 5, 3, 2}, 150, 64, Activation::isru},
};

double dot(const std::vector<double>& gradient, const std::vector<double>& direction,
           const LearnedTensor& tensor) {
    double sum = 0.0;
    for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i)
        sum += gradient[i] * direction[i];
    return sum;
}

} // namespace

TEST_CASE("the reference's gradient is the transpose of its forward-mode derivative, tensor by tensor") {
    for (const auto& [shape, frames, first, activation] : cases) {
        const std::vector<double> learned = to_learned(example_stack(shape, 1));
        const ParameterLayout layout(shape);
        const std::vector<float> input = example_signal(frames, 2), seed = example_noise(frames, 3),
                                 knobs = example_knobs(shape.knobs), noise = example_noise(layout.size(), 4);
        const std::vector<double> direction(noise.begin(), noise.end());

        ReferenceStackGradient<double> stack(shape, knobs, activation);
        const std::vector<double> output = stack.forward(learned, learned, input, first);
        const std::vector<double> gradient = stack.backward(learned, input, first, seed);

        ReferenceStackGradient<Dual> dual_stack(shape, knobs, activation);
        const std::vector<Dual> held(learned.begin(), learned.end());
        for (const LearnedTensor& tensor : layout.tensors()) {
            if (tensor.size() == 0)
                continue;
            std::vector<Dual> moving = held;
            for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i)
                moving[i].slope = direction[i];
            const std::vector<Dual> dual_output = dual_stack.forward(held, moving, input, first);
            double forward_mode = 0.0, terms = 0.0;
            for (std::size_t t = 0; t < frames; ++t) {
                CHECK(dual_output[t].value == output[t]);
                if (t < first)
                    CHECK(dual_output[t].slope == 0.0);
                forward_mode += double(seed[t]) * dual_output[t].slope;
                terms += std::abs(double(seed[t]) * dual_output[t].slope);
            }
            INFO(tensor.name << " of layer " << tensor.layer);
            REQUIRE(terms > 0.0);
            CHECK(std::abs(dot(gradient, direction, tensor) - forward_mode) <= 1e-12 * terms);
        }
    }
}

TEST_CASE("the reference's gradient agrees with central differences in every value") {
    for (const auto& [shape, frames, first, activation] : cases) {
        const std::vector<double> learned = to_learned(example_stack(shape, 5));
        const ParameterLayout layout(shape);
        const std::vector<float> input = example_signal(frames, 6), seed = example_noise(frames, 7),
                                 knobs = example_knobs(shape.knobs);
        ReferenceStackGradient<double> stack(shape, knobs, activation);
        const auto loss = [&, frames = frames, first = first](const std::vector<double>& moved) {
            const std::vector<double> output = stack.forward(learned, moved, input, first);
            double sum = 0.0;
            for (std::size_t t = first; t < frames; ++t)
                sum += double(seed[t]) * output[t];
            return sum;
        };
        stack.forward(learned, learned, input, first);
        const std::vector<double> gradient = stack.backward(learned, input, first, seed);
        for (const LearnedTensor& tensor : layout.tensors()) {
            double error = 0.0, norm = 0.0;
            for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
                const double step = 1e-5;
                std::vector<double> up = learned, down = learned;
                up[i] += step;
                down[i] -= step;
                const double difference = (loss(up) - loss(down)) / (2.0 * step);
                error += (difference - gradient[i]) * (difference - gradient[i]);
                norm += gradient[i] * gradient[i];
            }
            INFO(tensor.name << " of layer " << tensor.layer);
            CHECK(std::sqrt(error) <= 1e-6 * std::sqrt(norm));
        }
    }
}

TEST_CASE("the reference runs the model that the real-time core runs") {
    const dsp::StackShape shape{3, 5, 3, 3};
    dsp::StackParameters parameters = example_stack(shape, 8);
    const std::vector<double> learned = to_learned(parameters);
    const std::vector<float> input = example_signal(3000, 9), knobs = example_knobs(shape.knobs);
    for (const Activation activation : {Activation::tanh, Activation::isru}) {
        parameters.activation = activation;
        ReferenceStackGradient<double> stack(shape, knobs, activation);
        const std::vector<double> output = stack.forward(learned, learned, input, 640);
        dsp::ReferenceStack core(parameters, parameters.sample_rate);
        core.reset(knobs);
        // The core rounds the discretised modes to float, which is all that differs.
        for (std::size_t t = 0; t < input.size(); ++t)
            REQUIRE(std::abs(output[t] - core.step(input[t])) <= 2e-6);
    }
}
