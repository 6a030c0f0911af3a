// The selective scan: its definition by central differences, its kernels on threads against the definition.
#include "models/parallel/scan/selective/device_selective_scan.h"
#include "models/parallel/scan/selective/reference_selective_scan.h"
#include "models/parallel/thread_device.h"
#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

using namespace continuo::parallel;

namespace {

/// Time constants from 0.1 ms to 60 s at 192 kHz, speeds from 1/4 to 4, everything else noise.
struct Selective {
    explicit Selective(const SelectiveShape& of)
        : shape(of), decay(of.channels * of.modes), delta(of.samples()), u(of.samples()),
          input(of.selections()), readout(of.selections()), output_gradient(of.samples()),
          initial(of.states()), final_gradient(of.states()) {
        continuo::dsp::Random random(of.frames + of.modes);
        for (float& value : decay)
            value = float(-1.0 / (1e-4 * std::pow(600000.0, random.between(0.0, 1.0))));
        for (float& value : delta)
            value = float(std::exp(random.between(-1.4, 1.4)) / 192000.0);
        for (std::vector<float>* values : {&u, &input, &readout, &output_gradient})
            for (float& value : *values)
                value = float(random.between(-1.0, 1.0));
        for (std::vector<double>* values : {&initial, &final_gradient})
            for (double& value : *values)
                value = random.between(-1.0, 1.0);
    }
    SelectiveInput in() const {
        return {decay.data(), delta.data(), u.data(), input.data(), readout.data(), initial.data()};
    }

    SelectiveShape shape;
    std::vector<float> decay, delta, u, input, readout, output_gradient;
    std::vector<double> initial, final_gradient;
};

struct Output {
    std::vector<float> y;
    std::vector<double> final;
};

template <int Modes>
Output on_threads(const Selective& one) {
    ThreadDevice device;
    DeviceSelectiveScan<ThreadDevice, Modes> scan(device);
    Output out{std::vector<float>(one.shape.samples(), std::numeric_limits<float>::quiet_NaN()),
               std::vector<double>(one.shape.states(), std::numeric_limits<double>::quiet_NaN())};
    scan.forward(one.shape, {one.in(), out.y.data(), out.final.data()});
    return out;
}

template <class T>
double decibels(const std::vector<T>& found, const std::vector<double>& expected) {
    double error = 0.0, power = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        error += (double(found[i]) - expected[i]) * (double(found[i]) - expected[i]);
        power += expected[i] * expected[i];
    }
    return error == 0.0 ? -std::numeric_limits<double>::infinity() : 10.0 * std::log10(error / power);
}

/// A loss that is linear in the output and in the final state.
double loss(const Selective& one) {
    std::vector<double> y(one.shape.samples()), final(one.shape.states());
    reference_selective_forward(one.shape, {one.in(), nullptr, final.data()}, y.data());
    double sum = 0.0;
    for (std::size_t t = 0; t < y.size(); ++t)
        sum += y[t] * double(one.output_gradient[t]);
    for (std::size_t i = 0; i < final.size(); ++i)
        sum += final[i] * one.final_gradient[i];
    return sum;
}

/// By central differences; the step is what is left of it in T.
template <class T>
double derivative(const Selective& one, T& value, double step) {
    const T before = value, above = T(double(before) + step), below = T(double(before) - step);
    value = above;
    const double high = loss(one);
    value = below;
    const double low = loss(one);
    value = before;
    return (high - low) / (double(above) - double(below));
}

} // namespace

TEST_CASE("the exponential functions of the kernels are exact to the last digits") {
    double worst = 0.0, worst_double = 0.0;
    for (int i = 0; i < 200000; ++i) {
        const double x = -30.0 * std::exp(-1e-4 * i);
        const double expected = std::expm1(double(float(x)));
        worst = std::fmax(worst, std::fabs(double(exponential_minus_one(float(x))) / expected - 1.0));
        worst_double = std::fmax(worst_double, std::fabs(exponential(x) / std::exp(x) - 1.0));
    }
    CHECK(worst < 1.3e-7);
    CHECK(worst_double < 5e-16);
    CHECK(exponential_minus_one(-0.0f) == 0.0f);
    CHECK(exponential_minus_one(-1e30f) == -1.0f);
    CHECK(exponential(0.0) == 1.0);
    CHECK(exponential(-1e300) == 0.0);
}

TEST_CASE("the selective scan on threads of a block is the one in double") {
    for (const SelectiveShape& shape : {SelectiveShape{1, 1, 1, 1},
                                        {1, 3, 200, 3},
                                        {2, 3, 256, 8},
                                        {2, 16, 1000, 16},
                                        {1, 2, 20001, 16},
                                        {3, 5, 777, 4}}) {
        const Selective one(shape);
        INFO(shape.batch << " x " << shape.channels << " x " << shape.frames << " x " << shape.modes);
        std::vector<double> y(shape.samples()), final(shape.states());
        reference_selective_forward(shape, {one.in(), nullptr, final.data()}, y.data());
        const auto run = shape.modes <= 4 ? on_threads<4> : shape.modes <= 8 ? on_threads<8> : on_threads<16>;
        const Output found = run(one);
        CHECK(decibels(found.y, y) < -130.0);
        CHECK(decibels(found.final, final) < -130.0);
        const Output again = run(one);
        CHECK(std::memcmp(again.y.data(), found.y.data(), found.y.size() * sizeof(float)) == 0);
        CHECK(again.final == found.final);
    }
}

TEST_CASE("the derivatives of the selective scan in double are those of central differences") {
    for (const SelectiveShape& shape : {SelectiveShape{1, 1, 1, 1}, {2, 2, 23, 3}, {1, 3, 40, 4}}) {
        Selective one(shape);
        for (float& value : one.decay) // fast enough that so few samples say something of them
            value = -100.0f + value * 1e-2f;
        for (float& value : one.delta)
            value *= 1000.0f;
        std::vector<float> u(shape.samples()), delta(u), input(shape.selections()), readout(input);
        std::vector<double> decay(shape.channels * shape.modes), initial(shape.states());
        reference_selective_backward(shape, {one.in(), one.output_gradient.data(), one.final_gradient.data(),
                                             u.data(), delta.data(), input.data(), readout.data(),
                                             decay.data(), initial.data()});
        const auto same = [](double a, double b) { return a == Approx(b).epsilon(1e-6).margin(1e-6); };
        for (std::size_t i = 0; i < shape.samples(); ++i) {
            CHECK(same(double(u[i]), derivative(one, one.u[i], 0.1)));
            CHECK(same(double(delta[i]), derivative(one, one.delta[i], 2e-6)));
        }
        for (std::size_t i = 0; i < shape.selections(); ++i) {
            CHECK(same(double(input[i]), derivative(one, one.input[i], 0.1)));
            CHECK(same(double(readout[i]), derivative(one, one.readout[i], 0.1)));
        }
        for (std::size_t i = 0; i < decay.size(); ++i)
            CHECK(same(decay[i], derivative(one, one.decay[i], 0.02)));
        for (std::size_t i = 0; i < shape.states(); ++i)
            CHECK(same(initial[i], derivative(one, one.initial[i], 0.1)));
    }
}
