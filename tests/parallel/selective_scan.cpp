// The selective scan: its definition by central differences, its kernels on threads against the definition.
#include "models/parallel/scan/selective/device_selective_scan.h"
#include "models/parallel/scan/selective/reference_selective_scan.h"
#include "models/parallel/thread_device.h"
#include "tests/catch.h"
#include "tests/dsp/stacks.h"

#include <algorithm>
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

/// All derivatives; NaN until they are written.
struct Gradients {
    explicit Gradients(const SelectiveShape& shape)
        : u(shape.samples(), nan), delta(u), input(shape.selections(), nan), readout(input),
          decay(shape.channels * shape.modes, nan_in_double), initial(shape.states(), nan_in_double) {}

    /// \param ends  with a state before the first sample and a derivative by that after the last
    SelectiveBackward arguments(const Selective& one, bool ends) {
        SelectiveInput in = one.in();
        in.initial = ends ? in.initial : nullptr;
        return {in,
                one.output_gradient.data(),
                ends ? one.final_gradient.data() : nullptr,
                u.data(),
                delta.data(),
                input.data(),
                readout.data(),
                decay.data(),
                ends ? initial.data() : nullptr};
    }

    static constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    static constexpr double nan_in_double = std::numeric_limits<double>::quiet_NaN();
    std::vector<float> u, delta, input, readout;
    std::vector<double> decay, initial;
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

template <int Modes>
Gradients backward_on_threads(const Selective& one, bool ends) {
    ThreadDevice device;
    DeviceSelectiveScan<ThreadDevice, Modes> scan(device);
    Gradients out(one.shape);
    scan.backward(one.shape, out.arguments(one, ends));
    return out;
}

Gradients backward_of(const Selective& one, bool ends) {
    const std::size_t modes = one.shape.modes;
    return (modes <= 4   ? backward_on_threads<4>
            : modes <= 8 ? backward_on_threads<8>
                         : backward_on_threads<16>)(one, ends);
}

Gradients reference_of(const Selective& one, bool ends) {
    Gradients out(one.shape);
    reference_selective_backward(one.shape, out.arguments(one, ends));
    return out;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class T, class Expected>
double decibels(const std::vector<T>& found, const std::vector<Expected>& expected) {
    double error = 0.0, power = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double value = double(expected[i]), difference = double(found[i]) - value;
        error += difference * difference;
        power += value * value;
    }
    return error == 0.0 ? -std::numeric_limits<double>::infinity() : 10.0 * std::log10(error / power);
}

void check_close(const Gradients& found, const Gradients& expected) {
    CHECK(decibels(found.u, expected.u) < -134.5);
    CHECK(decibels(found.delta, expected.delta) < -134.5);
    CHECK(decibels(found.input, expected.input) < -134.5);
    CHECK(decibels(found.readout, expected.readout) < -135.0);
    CHECK(decibels(found.decay, expected.decay) < -131.0);
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
                                        {1, 1, 150000, 9},
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

TEST_CASE("the derivatives of the selective scan on threads of a block are those in double") {
    for (const SelectiveShape& shape : {SelectiveShape{1, 1, 1, 1},
                                        {1, 3, 200, 3},
                                        {2, 3, 256, 8},
                                        {2, 16, 1000, 16},
                                        {1, 2, 20001, 16},
                                        {3, 5, 777, 4},
                                        {64, 2, 40, 4},
                                        {1, 7, 530, 11},
                                        {2, 4, 1039, 7}}) {
        const Selective one(shape);
        for (const bool ends : {false, true}) {
            INFO(shape.batch << " x " << shape.channels << " x " << shape.frames << " x " << shape.modes
                             << (ends ? ", with ends" : ""));
            const Gradients expected = reference_of(one, ends), found = backward_of(one, ends);
            check_close(found, expected);
            if (!ends)
                continue;
            CHECK(decibels(found.initial, expected.initial) < -136.0);
            const Gradients again = backward_of(one, ends);
            CHECK(same_bits(again.u, found.u));
            CHECK(same_bits(again.delta, found.delta));
            CHECK(same_bits(again.input, found.input));
            CHECK(same_bits(again.readout, found.readout));
            CHECK(same_bits(again.decay, found.decay));
            CHECK(same_bits(again.initial, found.initial));
        }
    }
}

TEST_CASE("states that the selective scan forgets within a sample leave derivatives that are right") {
    Selective one({1, 3, 900, 8});
    for (std::size_t t = 0; t < one.delta.size(); t += 100) // cumulative decays are below any float
        one.delta[t] = 1e5f;
    const Gradients expected = reference_of(one, true), found = backward_of(one, true);
    check_close(found, expected);
}

TEST_CASE("what is padded with a speed of 0 and no weight has the derivatives that it has alone") {
    const std::size_t frames = 700, padded = 1300;
    const Selective shorter({2, 3, frames, 4});
    Selective longer({2, 3, padded, 4});
    const auto take = [&](const std::vector<float>& from, std::vector<float>& to, std::size_t width) {
        for (std::size_t row = 0; row < to.size() / (padded * width); ++row)
            std::copy_n(from.data() + row * frames * width, frames * width, to.data() + row * padded * width);
    };
    std::fill(longer.delta.begin(), longer.delta.end(), 0.0f);
    std::fill(longer.output_gradient.begin(), longer.output_gradient.end(), 0.0f);
    longer.decay = shorter.decay;
    longer.initial = shorter.initial;
    longer.final_gradient = shorter.final_gradient;
    take(shorter.delta, longer.delta, 1);
    take(shorter.output_gradient, longer.output_gradient, 1);
    take(shorter.u, longer.u, 1);
    take(shorter.input, longer.input, 4);
    take(shorter.readout, longer.readout, 4);
    const Gradients alone = backward_of(shorter, true), with_padding = backward_of(longer, true);
    const auto same_beginning = [&](const std::vector<float>& a, const std::vector<float>& b,
                                    std::size_t width) {
        std::vector<float> expected = b;
        take(a, expected, width);
        return same_bits(expected, b);
    };
    CHECK(same_beginning(alone.u, with_padding.u, 1));
    CHECK(same_beginning(alone.delta, with_padding.delta, 1));
    CHECK(same_beginning(alone.input, with_padding.input, 4));
    CHECK(same_beginning(alone.readout, with_padding.readout, 4));
    CHECK(same_bits(alone.initial, with_padding.initial));
    CHECK(decibels(with_padding.decay, alone.decay) < -290.0);
}
