#pragma once

#include "models/parallel/scan/scan.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace continuo::parallel {

/// A thing to scan: a model, a signal, what the output's gradient is. All of it the same on every machine.
struct ScanCase {
    enum class Modes {
        lively, ///< half decays, half resonances, from 0.1 Hz to 18 kHz at 48 kHz
        slow,   ///< decays over 60 s at 192 kHz, half of them with a slow swing
    };

    ScanCase(const ScanShape& shape, Modes kind, bool with_states);

    ScanCoefficients model() const {
        return {delta_real.data(), delta_imag.data(), readout_real.data(), readout_imag.data()};
    }
    const Complex* initial_or_null() const { return initial.empty() ? nullptr : initial.data(); }
    const Complex* final_gradient_or_null() const {
        return final_gradient.empty() ? nullptr : final_gradient.data();
    }
    std::string text() const; ///< for messages

    ScanShape shape;
    Modes kind;
    std::vector<float> delta_real, delta_imag, readout_real, readout_imag; ///< [channel][mode]
    std::vector<float> u, output_gradient;
    std::vector<Complex> initial, final_gradient; ///< empty: none
};

/// What a scan gives.
struct ScanResult {
    std::vector<float> y;
    std::vector<Complex> final;
    bool operator==(const ScanResult& other) const;
};
ScanResult forward(ScanBackend& back_end, const ScanCase& one);

struct ScanGradient {
    std::vector<float> u;
    std::vector<Complex> delta, readout; ///< [channel][mode]
    std::vector<Complex> initial;
    bool operator==(const ScanGradient& other) const;
};
ScanGradient backward(ScanBackend& back_end, const ScanCase& one);

/// Every back end that this machine runs.
struct ScanBackEnd {
    std::string name;
    std::function<std::unique_ptr<ScanBackend>(std::size_t modes)> make;
    std::size_t most_samples; ///< of a case, lest it take too long
    std::size_t most_modes;
    int family; ///< members of a family give the same bits
};
std::vector<ScanBackEnd> scan_back_ends();

/// Everything that can go wrong with a length: shorter than a chunk, ragged, many segments; batch 1 to 64. As
/// much of it as the back end takes.
std::vector<ScanCase> scan_cases(const ScanBackEnd& back_end);

/// Power of the difference over that of the reference, in dB.
double decibels(const std::vector<float>& found, const std::vector<double>& expected);
double decibels(const std::vector<Complex>& found, const std::vector<Complex>& expected);

} // namespace continuo::parallel
