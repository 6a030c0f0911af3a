#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace continuo::report {

/// The lowest and the highest sample of each of `columns` equal stretches, interleaved, as parts of `peak`
/// (32767: peak). Fewer columns where there are fewer samples.
/// [any-thread] Allocates. \param peak  full scale 1, > 0
std::vector<std::int16_t> waveform_overview(std::span<const float> signal, std::size_t columns, double peak);

/// The samples themselves as parts of `peak`. [any-thread] Allocates.
std::vector<std::int16_t> quantise(std::span<const float> signal, double peak);

/// The largest magnitude; 0 for no samples. [any-thread] Allocates nothing.
double peak_of(std::span<const float> signal);

/// How often each pair of input and output occurs.
struct ResponseDensity {
    std::size_t size = 0;             ///< cells along either axis
    double input_peak, output_peak;   ///< the axes run from −peak to peak
    std::vector<std::uint8_t> counts; ///< [output, highest first][input], logarithmic: 255 the most frequent
};

/// [any-thread] Allocates. Peaks > 0; the spans are equally long.
ResponseDensity response_density(std::span<const float> input, std::span<const float> output,
                                 double input_peak, double output_peak, std::size_t size);

} // namespace continuo::report
