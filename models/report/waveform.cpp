#include "models/report/waveform.h"

#include <algorithm>
#include <cmath>

namespace continuo::report {

namespace {

std::int16_t part_of(double value, double peak) {
    return static_cast<std::int16_t>(std::lround(std::clamp(value / peak, -1.0, 1.0) * 32767.0));
}

} // namespace

std::vector<std::int16_t> waveform_overview(std::span<const float> signal, std::size_t columns, double peak) {
    columns = std::min(columns, signal.size());
    std::vector<std::int16_t> overview;
    overview.reserve(2 * columns);
    for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t begin = signal.size() * column / columns;
        const std::size_t end = signal.size() * (column + 1) / columns;
        const auto [low, high] = std::minmax_element(signal.begin() + static_cast<std::ptrdiff_t>(begin),
                                                     signal.begin() + static_cast<std::ptrdiff_t>(end));
        overview.push_back(part_of(double(*low), peak));
        overview.push_back(part_of(double(*high), peak));
    }
    return overview;
}

std::vector<std::int16_t> quantise(std::span<const float> signal, double peak) {
    std::vector<std::int16_t> values;
    values.reserve(signal.size());
    for (const float sample : signal)
        values.push_back(part_of(double(sample), peak));
    return values;
}

double peak_of(std::span<const float> signal) {
    double peak = 0.0;
    for (const float sample : signal)
        peak = std::max(peak, std::abs(double(sample)));
    return peak;
}

ResponseDensity response_density(std::span<const float> input, std::span<const float> output,
                                 double input_peak, double output_peak, std::size_t size) {
    ResponseDensity density{size, input_peak, output_peak, std::vector<std::uint8_t>(size * size)};
    std::vector<std::size_t> counts(size * size);
    const auto cell = [size](double value, double peak) {
        const double position = (value / peak + 1.0) / 2.0 * double(size);
        return static_cast<std::size_t>(std::clamp(position, 0.0, double(size) - 0.5));
    };
    for (std::size_t i = 0; i < input.size(); ++i)
        ++counts[(size - 1 - cell(double(output[i]), output_peak)) * size +
                 cell(double(input[i]), input_peak)];
    const double most = double(*std::max_element(counts.begin(), counts.end()));
    // Silence piles up in one cell; the logarithm keeps the rest visible.
    for (std::size_t i = 0; i < counts.size(); ++i)
        density.counts[i] = static_cast<std::uint8_t>(
            std::lround(255.0 * std::log1p(double(counts[i])) / std::log1p(std::max(1.0, most))));
    return density;
}

} // namespace continuo::report
