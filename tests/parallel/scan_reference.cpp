// The definition of the scan: what it says of one mode by hand, and its derivatives by central differences.
#include "models/parallel/scan/reference_scan.h"
#include "tests/catch.h"
#include "tests/dsp/stacks.h"
#include "tests/parallel/scan_cases.h"

#include <complex>
#include <cstddef>
#include <vector>

using namespace continuo::parallel;

namespace {

/// A loss that is linear in the output and in the final state.
struct Loss {
    ScanCase& one;
    std::vector<double> y;

    double operator()() {
        ReferenceScan scan;
        scan.prepare(one.shape.channels, one.shape.modes, one.model());
        std::vector<Complex> final(one.shape.states());
        y.resize(one.shape.samples());
        scan.forward(one.shape, one.u.data(), y.data(), one.initial_or_null(), final.data());
        double loss = 0.0;
        for (std::size_t t = 0; t < y.size(); ++t)
            loss += y[t] * double(one.output_gradient[t]);
        for (std::size_t i = 0; i < final.size(); ++i)
            loss += final[i].real * one.final_gradient[i].real + final[i].imag * one.final_gradient[i].imag;
        return loss;
    }
    /// \param step  such that value ± step are numbers of type T
    template <class T>
    double derivative(T& value, T step) {
        const T before = value;
        value = before + step;
        const double above = (*this)();
        value = before - step;
        const double below = (*this)();
        value = before;
        return (above - below) / (2.0 * double(step));
    }
};

/// Rounded to multiples of 2⁻¹⁴, so that steps of 2⁻¹⁶ are exact.
float rounded(double value) {
    return float(std::nearbyint(value * 0x1p14) * 0x1p-14);
}

} // namespace

TEST_CASE("the scan of an impulse is the sum of its modes' decays") {
    ReferenceScan scan;
    const std::vector<float> delta_real{-0.5f, -1.0f}, delta_imag{0.25f, 0.5f}, readout_real{2.0f, 1.0f},
        readout_imag{0.0f, -3.0f};
    scan.prepare(1, 2, {delta_real.data(), delta_imag.data(), readout_real.data(), readout_imag.data()});
    const std::vector<float> u{1.0f, 0.0f, 0.0f, 0.0f};
    std::vector<float> y(4);
    const std::vector<Complex> initial{{0.0, 0.0}, {4.0, 0.0}};
    std::vector<Complex> final(2);
    scan.forward({1, 1, 4, 2}, {u.data(), y.data(), initial.data(), final.data()});
    const std::complex<double> first(0.5, 0.25), second(0.0, 0.5), readout(1.0, -3.0);
    for (int t = 0; t < 4; ++t) {
        const std::complex<double> z = std::pow(second, t) + 4.0 * std::pow(second, t + 1);
        CHECK(double(y[std::size_t(t)]) ==
              Approx(2.0 * std::pow(first, t).real() + (readout * z).real()).margin(1e-12));
    }
    CHECK(final[0].real == Approx(std::pow(first, 3).real()));
    CHECK(final[0].imag == Approx(std::pow(first, 3).imag()));
}

TEST_CASE("the derivatives of the scan in double are those of central differences") {
    for (const ScanShape& shape : {ScanShape{1, 1, 1, 1}, {2, 2, 37, 3}, {1, 3, 20, 8}}) {
        ScanCase one(shape, ScanCase::Modes::lively, true);
        continuo::dsp::Random random(shape.frames);
        for (std::vector<float>* values :
             {&one.delta_real, &one.delta_imag, &one.readout_real, &one.readout_imag})
            for (float& value : *values)
                value = rounded(random.between(-0.6, -0.2)); // within the unit circle
        for (float& sample : one.u)
            sample = rounded(double(sample));
        ReferenceScan scan;
        scan.prepare(shape.channels, shape.modes, one.model());
        const ScanGradient found = backward(scan, one);
        Loss loss{one, {}};
        const auto same = [](double a, double b) { return a == Approx(b).epsilon(1e-6).margin(1e-6); };
        for (std::size_t i = 0; i < shape.channels * shape.modes; ++i) {
            INFO("channel and mode " << i);
            CHECK(same(found.delta[i].real, loss.derivative(one.delta_real[i], 0x1p-16f)));
            CHECK(same(found.delta[i].imag, loss.derivative(one.delta_imag[i], 0x1p-16f)));
            CHECK(same(found.readout[i].real, loss.derivative(one.readout_real[i], 0x1p-4f)));
            CHECK(same(found.readout[i].imag, loss.derivative(one.readout_imag[i], 0x1p-4f)));
        }
        for (std::size_t i = 0; i < shape.states(); ++i) {
            CHECK(same(found.initial[i].real, loss.derivative(one.initial[i].real, 0.5)));
            CHECK(same(found.initial[i].imag, loss.derivative(one.initial[i].imag, 0.5)));
        }
        for (std::size_t t = 0; t < shape.samples(); ++t)
            CHECK(same(double(found.u[t]), loss.derivative(one.u[t], 0x1p-4f)));
    }
}
