#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace continuo::report {

/// Frequencies from `low` to `high` Hz, `count` of them at equal ratios.
struct FrequencyAxis {
    double low = 0.0, high = 0.0;
    std::size_t count = 0;

    double at(std::size_t index) const;
};

/// The long-term level in third octaves around each frequency, dB; a sine at full scale reads 0.
/// Mean of the power of Hann windows of about 0.35 s that overlap by half; not below −200 dB.
/// [any-thread] Allocates. \param sample_rate  Hz
/// Source: Welch 1967, "The use of fast Fourier transform for the estimation of power spectra".
std::vector<double> third_octave_levels(std::span<const float> signal, double sample_rate,
                                        const FrequencyAxis& axis);

/// Levels over time and frequency.
struct Spectrogram {
    std::size_t columns = 0;  ///< equal steps over the signal
    FrequencyAxis axis;       ///< one row each
    std::vector<float> level; ///< dB, [row, lowest first][column]; a sine at full scale reads 0
};

/// The highest level of each row's band in Hann windows of about 43 ms around the middle of each column.
/// [any-thread] Allocates. \param sample_rate  Hz
Spectrogram spectrogram(std::span<const float> signal, double sample_rate, const FrequencyAxis& axis,
                        std::size_t columns);

/// Rows from the highest frequency down; 255: `top` dB or more, 0: `range` dB less. [any-thread] Allocates.
std::vector<std::uint8_t> quantise(const Spectrogram& picture, double top, double range);

} // namespace continuo::report
