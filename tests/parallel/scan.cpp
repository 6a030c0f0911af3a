// The scan on every back end against its definition in double.
#include "models/parallel/scan/reference_scan.h"
#include "tests/catch.h"
#include "tests/parallel/scan_cases.h"

#include <cmath>
#include <map>
#include <vector>

using namespace continuo::parallel;

namespace {

/// Largest |found − expected| / |expected| over the modes; not a number where one of them is none.
double worst(const std::vector<Complex>& found, const std::vector<Complex>& expected) {
    double most = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double error = std::hypot(found[i].real - expected[i].real, found[i].imag - expected[i].imag);
        if (error != 0.0 && !(error / std::hypot(expected[i].real, expected[i].imag) <= most))
            most = error / std::hypot(expected[i].real, expected[i].imag);
    }
    return most;
}

} // namespace

TEST_CASE("the scan forwards on every back end is the one in double") {
    for (const ScanBackEnd& kind : scan_back_ends())
        for (const ScanCase& one : scan_cases(kind)) {
            INFO(kind.name << ", " << one.text());
            ReferenceScan reference;
            reference.prepare(one.shape.channels, one.shape.modes, one.model());
            std::vector<double> y(one.shape.samples());
            std::vector<Complex> final(one.shape.states());
            reference.forward(one.shape, one.u.data(), y.data(), one.initial_or_null(), final.data());
            const auto back_end = kind.make(one.shape.modes);
            back_end->prepare(one.shape.channels, one.shape.modes, one.model());
            const ScanResult found = forward(*back_end, one);
            CHECK(decibels(found.y, y) < -130.0);
            CHECK(decibels(found.final, final) < -120.0);
        }
}

TEST_CASE("the scan backwards on every back end is the one in double") {
    for (const ScanBackEnd& kind : scan_back_ends())
        for (const ScanCase& one : scan_cases(kind)) {
            INFO(kind.name << ", " << one.text());
            ReferenceScan reference;
            reference.prepare(one.shape.channels, one.shape.modes, one.model());
            const ScanGradient expected = backward(reference, one);
            const auto back_end = kind.make(one.shape.modes);
            back_end->prepare(one.shape.channels, one.shape.modes, one.model());
            const ScanGradient found = backward(*back_end, one);
            CHECK(decibels(found.u, {expected.u.begin(), expected.u.end()}) < -130.0);
            CHECK(decibels(found.initial, expected.initial) < -120.0);
            // Sums of products that cancel, and more so in some modes than in others.
            CHECK(decibels(found.delta, expected.delta) < -100.0);
            CHECK(decibels(found.readout, expected.readout) < -100.0);
            CHECK(worst(found.delta, expected.delta) < 5e-5);
            CHECK(worst(found.readout, expected.readout) < 5e-5);
        }
}

TEST_CASE("the scan backwards gives the same without the initial state's gradient") {
    const ScanCase one({2, 1, 300, 3}, ScanCase::Modes::lively, true);
    for (const ScanBackEnd& kind : scan_back_ends()) {
        INFO(kind.name);
        const auto back_end = kind.make(one.shape.modes);
        back_end->prepare(one.shape.channels, one.shape.modes, one.model());
        const ScanGradient all = backward(*back_end, one);
        std::vector<float> input_gradient(one.shape.samples());
        std::vector<double> sums[4];
        for (std::vector<double>& sum : sums)
            sum.resize(one.shape.modes);
        back_end->backward(one.shape, {one.u.data(), one.output_gradient.data(), one.initial_or_null(),
                                       one.final_gradient_or_null(), input_gradient.data(), sums[0].data(),
                                       sums[1].data(), sums[2].data(), sums[3].data(), nullptr});
        CHECK(input_gradient == all.u);
        for (std::size_t n = 0; n < one.shape.modes; ++n) {
            CHECK(sums[0][n] == all.delta[n].real);
            CHECK(sums[3][n] == all.readout[n].imag);
        }
    }
}

TEST_CASE("the scan has the same bits on any number of threads, and again") {
    std::map<int, std::vector<ScanBackEnd>> families;
    for (const ScanBackEnd& kind : scan_back_ends())
        families[kind.family].push_back(kind);
    for (const auto& [family, members] : families)
        for (const ScanCase& one : scan_cases(members[0])) {
            ScanResult first;
            ScanGradient first_gradient;
            for (const ScanBackEnd& kind : members) {
                INFO(kind.name << ", " << one.text());
                const auto back_end = kind.make(one.shape.modes);
                back_end->prepare(one.shape.channels, one.shape.modes, one.model());
                for (int repetition = 0; repetition < 2; ++repetition) {
                    const ScanResult found = forward(*back_end, one);
                    if (first.y.empty())
                        first = found;
                    CHECK(found == first);
                    const ScanGradient gradient = backward(*back_end, one);
                    if (first_gradient.u.empty())
                        first_gradient = gradient;
                    CHECK(gradient == first_gradient);
                }
            }
        }
}
