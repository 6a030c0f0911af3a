// What the scan is compared with on a GPU, as far as the host can run it, against the scan in double.
#include "tests/benchmarks/gpu_comparators/fft_convolution.h"
#include "tests/benchmarks/gpu_comparators/scan_pair.h"

#include "models/parallel/scan/reference_scan.h"
#include "models/parallel/thread_device.h"
#include "tests/catch.h"
#include "tests/parallel/scan_cases.h"

#include <limits>
#include <stdexcept>
#include <vector>

using namespace continuo::parallel;

namespace {

template <int Size>
double error_of(const ScanCase& one, std::size_t taps) {
    ThreadDevice device;
    scan_speed::FftConvolution<ThreadDevice, Size> convolution(
        device, one.shape, scan_speed::impulse_responses(one.shape, one.model(), taps));
    std::vector<float> y(one.shape.samples(), std::numeric_limits<float>::quiet_NaN());
    convolution.forward(one.u.data(), y.data());
    ReferenceScan reference;
    reference.prepare(one.shape.channels, one.shape.modes, one.model());
    std::vector<double> expected(one.shape.samples());
    reference.forward(one.shape, one.u.data(), expected.data(), nullptr, nullptr);
    return decibels(y, expected);
}

/// Modes that have decayed after some hundred samples.
ScanCase short_modes(const ScanShape& shape) {
    ScanCase one(shape, ScanCase::Modes::lively, false);
    for (std::size_t i = 0; i < shape.channels * shape.modes; ++i) {
        one.delta_real[i] = -0.05f - 0.03f * float(i);
        one.delta_imag[i] = i % 2 == 0 ? 0.0f : 0.3f;
    }
    return one;
}

} // namespace

TEST_CASE("a convolution by Fourier transforms on threads is the scan in double") {
    // The whole past in one block; an odd number of blocks leaves one without a partner.
    for (const ScanShape& shape : {ScanShape{1, 1, 1, 1}, {1, 2, 64, 3}, {3, 2, 2000, 8}, {2, 1, 2049, 16}}) {
        INFO(shape.batch << " x " << shape.channels << " x " << shape.frames << " x " << shape.modes);
        CHECK(error_of<64>(ScanCase(shape, ScanCase::Modes::lively, false), shape.frames) < -120.0);
    }
    // Blocks that overlap, several of a row to a pair, the last one ragged; the response is cut.
    for (const ScanShape& shape : {ScanShape{1, 2, 15000, 8}, {3, 1, 9001, 4}})
        CHECK(error_of<64>(short_modes(shape), shape.frames) < -120.0);
    // Another size takes another smallest radix: 128 = 8 · 8 · 2, 256 = 8 · 8 · 4.
    CHECK(error_of<128>(short_modes({1, 1, 20000, 8}), 20000) < -120.0);
    CHECK(error_of<256>(short_modes({1, 1, 70000, 8}), 70000) < -120.0);
}

TEST_CASE("a convolution refuses an impulse response that a transform cannot hold") {
    const ScanCase one({1, 1, 5000, 4}, ScanCase::Modes::slow, false);
    CHECK_THROWS_AS(error_of<64>(one, one.shape.frames), std::invalid_argument);
}

TEST_CASE("pairs of decay and value composed in any order give the state of the scan") {
    // What CUB does with them needs a GPU: scan_speed prints its error beside its time there.
    const ScanCase one = short_modes({1, 1, 100, 2});
    ReferenceScan reference;
    reference.prepare(1, 2, one.model());
    std::vector<double> y(one.shape.samples());
    std::vector<Complex> final(2);
    reference.forward(one.shape, one.u.data(), y.data(), nullptr, final.data());
    for (std::size_t mode = 0; mode < 2; ++mode) {
        std::vector<scan_speed::ScanPair> pairs;
        for (const float u : one.u)
            pairs.push_back({1.0f + one.delta_real[mode], one.delta_imag[mode], u, 0.0f});
        while (pairs.size() > 1) { // neighbours, as a tree
            std::vector<scan_speed::ScanPair> composed;
            for (std::size_t i = 0; i < pairs.size(); i += 2)
                composed.push_back(i + 1 < pairs.size() ? scan_speed::ComposePairs()(pairs[i], pairs[i + 1])
                                                        : pairs[i]);
            pairs = composed;
        }
        CHECK(double(pairs[0].value_real) == Approx(final[mode].real).epsilon(1e-5));
        CHECK(double(pairs[0].value_imag) == Approx(final[mode].imag).epsilon(1e-5).margin(1e-6));
    }
}
