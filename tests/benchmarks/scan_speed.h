#pragma once

#include "models/parallel/scan/scan.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What the two halves of scan_speed, with and without CUDA, tell each other. C++17.

namespace scan_speed {

using continuo::parallel::ScanCoefficients;
using continuo::parallel::ScanShape;

struct Model {
    std::vector<float> delta_real, delta_imag, readout_real, readout_imag; ///< [channel][mode]

    ScanCoefficients view(std::size_t channel, std::size_t modes) const {
        const std::size_t at = channel * modes;
        return {delta_real.data() + at, delta_imag.data() + at, readout_real.data() + at,
                readout_imag.data() + at};
    }
};

/// One thing to measure. Row r of the signal is noise from r_offset(r) on, so that it need not be held.
struct Case {
    ScanShape shape;
    Model model;
    const std::vector<float>* noise; ///< shape.frames + noise_extra samples or more
    std::vector<double> expected;    ///< the output of the last row, in double
};
constexpr std::size_t noise_extra = 4096;
inline std::size_t noise_offset(std::size_t row) {
    return row * 52 % noise_extra;
}

struct Row {
    std::string back_end, direction;
    ScanShape shape;
    double median, least; ///< ps per sample and channel
    double error;         ///< dB relative to double, on the last row; NaN where it is not measured
};

struct Gpu {
    std::string name, reason;    ///< the reason why there is none
    double copy_bandwidth = 0.0; ///< bytes/s read + written, measured
};

Gpu open_gpu();
/// Appends what the GPU takes for a case: forwards and backwards, and every phase of either.
void measure_gpu(const Case& one, std::size_t repetitions, std::vector<Row>& rows);
/// The same for the selective scan of a case's shape and noise. The errors are those of 20000 samples; of
/// backwards, that of the derivative that is furthest off.
void measure_selective_gpu(const Case& one, std::size_t repetitions, std::vector<Row>& rows);

/// Appends what one core of the CPU takes for up to 15 seconds of a case of batch 1: chunks forwards and
/// backwards, and the recurrence beside them, all timed in turns.
void measure_cpu(const Case& one, std::size_t repetitions, std::vector<Row>& rows);

/// The input's gradient of the last row in double, where the output's gradient is the row's own first
/// `frames` samples.
std::vector<double> gradient_of_last_row(const Case& one, std::size_t frames);

double decibels(const float* found, const std::vector<double>& expected);
double median(std::vector<double>& values); ///< sorts them

} // namespace scan_speed
