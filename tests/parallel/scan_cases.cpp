#include "tests/parallel/scan_cases.h"

#include "tests/dsp/stacks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

namespace continuo::parallel {

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

} // namespace

ScanCase::ScanCase(const ScanShape& of, Modes modes, bool with_states)
    : shape(of), kind(modes), u(of.samples()), output_gradient(of.samples()) {
    dsp::Random random(of.frames * 31 + of.modes * 7 + of.batch);
    for (std::size_t i = 0; i < of.channels * of.modes; ++i) {
        const double hertz = 0.1 * std::pow(180000.0, random.between(0.0, 1.0));
        const double decay =
            kind == Modes::slow ? 1.0 / (60.0 * 192000.0) : 2.0 * std::numbers::pi * hertz / 48000.0;
        const double angle = i % 2 == 0 ? 0.0 : kind == Modes::slow ? 3e-5 : std::min(decay, 2.8);
        const double half = std::sin(angle / 2.0), radius = std::exp(-decay);
        delta_real.push_back(float(std::expm1(-decay) - 2.0 * radius * half * half));
        delta_imag.push_back(float(radius * std::sin(angle)));
        // Slow modes are nearly equal: with readouts of both signs it is their cancellation that is measured.
        readout_real.push_back(float(random.between(kind == Modes::slow ? 0.3 : -1.7, 1.7) * (1.0 - radius)));
        readout_imag.push_back(float(random.between(-1.7, 1.7) * (1.0 - radius)));
    }
    for (float& sample : u)
        sample = float(random.between(-1.0, 1.0));
    for (float& sample : output_gradient)
        sample = float(random.between(-1.0, 1.0));
    if (with_states)
        for (std::vector<Complex>* states : {&initial, &final_gradient})
            for (std::size_t i = 0; i < of.states(); ++i)
                states->push_back({random.between(-20.0, 20.0), random.between(-20.0, 20.0)});
}

std::string ScanCase::text() const {
    return std::to_string(shape.batch) + " x " + std::to_string(shape.channels) + " x " +
           std::to_string(shape.frames) + " x " + std::to_string(shape.modes) +
           (kind == Modes::slow ? ", slow" : "") + (initial.empty() ? "" : ", from states");
}

std::vector<ScanCase> scan_cases(const ScanBackEnd& back_end) {
    using Modes = ScanCase::Modes;
    std::vector<ScanCase> cases;
    const auto add = [&](const ScanShape& shape, Modes kind, bool with_states) {
        if (shape.samples() <= back_end.most_samples && shape.modes <= back_end.most_modes)
            cases.emplace_back(shape, kind, with_states);
    };
    for (const std::size_t modes : {1, 3, 8, 16}) {
        add({1, 1, 1, modes}, Modes::lively, true);
        add({1, 2, 29, modes}, Modes::lively, false);
        add({1, 2, 64, modes}, Modes::lively, true);
        add({1, 1, 9001, modes}, Modes::lively, true); // more than a tile of a GPU's, ragged
        add({1, 1, 16384, modes}, Modes::slow, true);
        add({3, 2, 13003, modes}, Modes::lively, false); // several segments on a CPU
        add({64, 2, 300, modes}, Modes::slow, false);
    }
    add({1, 2, 1, 5}, Modes::slow, false);
    add({3, 2, 700, 5}, Modes::lively, true);
    add({1, 1, 30011, 11}, Modes::lively, true); // four tiles of a GPU's, ragged
    add({1, 1, 28672, 7}, Modes::slow, false);   // three and a half
    add({1, 1, 60000, 16}, Modes::slow, false);
    add({1, 1, 60000, 16}, Modes::lively, true);
    add({2, 1, 6144, 21}, Modes::lively, true); // exactly a segment; more modes than a GPU takes
    return cases;
}

bool ScanResult::operator==(const ScanResult& other) const {
    return same_bits(y, other.y) && same_bits(final, other.final);
}

ScanResult forward(ScanBackend& back_end, const ScanCase& one) {
    ScanResult result{std::vector<float>(one.shape.samples(), nan),
                      std::vector<Complex>(one.shape.states(), {nan, nan})};
    back_end.forward(one.shape, {one.u.data(), result.y.data(), one.initial_or_null(), result.final.data()});
    return result;
}

bool ScanGradient::operator==(const ScanGradient& other) const {
    return same_bits(u, other.u) && same_bits(delta, other.delta) && same_bits(readout, other.readout) &&
           same_bits(initial, other.initial);
}

ScanGradient backward(ScanBackend& back_end, const ScanCase& one) {
    const std::size_t count = one.shape.channels * one.shape.modes;
    std::vector<double> parts[4];
    for (std::vector<double>& part : parts)
        part.assign(count, double(nan));
    ScanGradient gradient{std::vector<float>(one.shape.samples(), nan),
                          {},
                          {},
                          std::vector<Complex>(one.shape.states(), {nan, nan})};
    back_end.backward(one.shape,
                      {one.u.data(), one.output_gradient.data(), one.initial_or_null(),
                       one.final_gradient_or_null(), gradient.u.data(), parts[0].data(), parts[1].data(),
                       parts[2].data(), parts[3].data(), gradient.initial.data()});
    for (std::size_t i = 0; i < count; ++i) {
        gradient.delta.push_back({parts[0][i], parts[1][i]});
        gradient.readout.push_back({parts[2][i], parts[3][i]});
    }
    return gradient;
}

double decibels(const std::vector<float>& found, const std::vector<double>& expected) {
    double error = 0.0, power = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        error += (double(found[i]) - expected[i]) * (double(found[i]) - expected[i]);
        power += expected[i] * expected[i];
    }
    return error == 0.0 ? -std::numeric_limits<double>::infinity() : 10.0 * std::log10(error / power);
}

double decibels(const std::vector<Complex>& found, const std::vector<Complex>& expected) {
    double error = 0.0, power = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const Complex &a = found[i], &b = expected[i];
        error += (a.real - b.real) * (a.real - b.real) + (a.imag - b.imag) * (a.imag - b.imag);
        power += b.real * b.real + b.imag * b.imag;
    }
    return error == 0.0 ? -std::numeric_limits<double>::infinity() : 10.0 * std::log10(error / power);
}

} // namespace continuo::parallel
