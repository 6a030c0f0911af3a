#include "models/report/spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>

#include <unsupported/Eigen/FFT>

namespace continuo::report {

namespace {

// Power of the bins of one Hann window, scaled so that the bins of a sine at full scale add up to 1.
class PowerSpectrum {
  public:
    explicit PowerSpectrum(std::size_t size) : window_(size), frame_(size), power(size / 2 + 1) {
        double sum = 0.0;
        for (std::size_t i = 0; i < size; ++i) {
            window_[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * double(i) / double(size));
            sum += window_[i] * window_[i];
        }
        scale_ = 4.0 / (double(size) * sum);
        transform_.SetFlag(Eigen::FFT<double>::HalfSpectrum);
    }

    std::size_t size() const { return window_.size(); }

    // `begin` may lie before the signal, and the frame may reach beyond its end: there it is silent.
    void compute(std::span<const float> signal, std::ptrdiff_t begin) {
        for (std::size_t i = 0; i < size(); ++i) {
            const std::ptrdiff_t at = begin + static_cast<std::ptrdiff_t>(i);
            const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(signal.size());
            frame_[i] = inside ? window_[i] * double(signal[static_cast<std::size_t>(at)]) : 0.0;
        }
        transform_.fwd(bins_, frame_);
        for (std::size_t i = 0; i < power.size(); ++i)
            power[i] = scale_ * std::norm(bins_[i]);
    }

  private:
    std::vector<double> window_, frame_;
    std::vector<std::complex<double>> bins_;
    Eigen::FFT<double> transform_;
    double scale_ = 0.0;

  public:
    std::vector<double> power; // of each bin
};

std::size_t frame_size(double seconds, double sample_rate) {
    const auto samples = static_cast<std::size_t>(std::max(16.0, seconds * sample_rate));
    return std::bit_ceil(samples * 3 / 4); // the nearest power of two, roughly
}

double decibels(double power) {
    return 10.0 * std::log10(power + 1e-20);
}

} // namespace

double FrequencyAxis::at(std::size_t index) const {
    return count < 2 ? low : low * std::pow(high / low, double(index) / double(count - 1));
}

std::vector<double> third_octave_levels(std::span<const float> signal, double sample_rate,
                                        const FrequencyAxis& axis) {
    PowerSpectrum spectrum(frame_size(0.35, sample_rate));
    std::vector<double> mean(spectrum.power.size());
    const std::size_t hop = spectrum.size() / 2;
    std::size_t frames = 0;
    for (std::size_t begin = 0; begin == 0 || begin + spectrum.size() <= signal.size(); begin += hop) {
        spectrum.compute(signal, static_cast<std::ptrdiff_t>(begin));
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] += spectrum.power[i];
        ++frames;
    }
    // Running sum over the bins, each reaching half a bin to either side of its frequency.
    std::vector<double> below{0.0};
    for (const double power : mean)
        below.push_back(below.back() + power / double(frames));
    const auto power_below = [&](double frequency) {
        const double position =
            std::clamp(frequency / sample_rate * double(spectrum.size()) + 0.5, 0.0, double(mean.size()));
        const auto bin = std::min(static_cast<std::size_t>(position), mean.size() - 1);
        return below[bin] + (position - double(bin)) * (below[bin + 1] - below[bin]);
    };
    const double half_band = std::exp2(1.0 / 6.0);
    std::vector<double> levels(axis.count);
    for (std::size_t i = 0; i < axis.count; ++i)
        levels[i] = decibels(
            std::max(0.0, power_below(axis.at(i) * half_band) - power_below(axis.at(i) / half_band)));
    return levels;
}

Spectrogram spectrogram(std::span<const float> signal, double sample_rate, const FrequencyAxis& axis,
                        std::size_t columns) {
    PowerSpectrum spectrum(frame_size(0.043, sample_rate));
    Spectrogram picture{columns, axis, std::vector<float>(axis.count * columns)};
    const double half_row = std::sqrt(axis.at(1) / axis.at(0));
    for (std::size_t column = 0; column < columns; ++column) {
        const double middle = (double(column) + 0.5) / double(columns) * double(signal.size());
        spectrum.compute(signal, static_cast<std::ptrdiff_t>(middle - double(spectrum.size()) / 2.0));
        // A sine's power lies in three bins, the middle one holding 2/3: read as level there.
        for (std::size_t row = 0; row < axis.count; ++row) {
            const double bins = double(spectrum.size()) / sample_rate;
            const double low = axis.at(row) / half_row * bins, high = axis.at(row) * half_row * bins;
            const auto last = double(spectrum.power.size() - 1);
            const auto at = [&](double bin) { // between two bins, linear in power
                bin = std::clamp(bin, 0.0, last);
                const auto below = static_cast<std::size_t>(bin);
                const auto above = std::min(below + 1, spectrum.power.size() - 1);
                const double fraction = bin - double(below);
                return spectrum.power[below] * (1.0 - fraction) + spectrum.power[above] * fraction;
            };
            double power = at(axis.at(row) * bins);
            for (double bin = std::ceil(low); bin <= std::min(high, last); bin += 1.0)
                power = std::max(power, spectrum.power[static_cast<std::size_t>(bin)]);
            picture.level[row * columns + column] = static_cast<float>(decibels(1.5 * power));
        }
    }
    return picture;
}

std::vector<std::uint8_t> quantise(const Spectrogram& picture, double top, double range) {
    std::vector<std::uint8_t> values;
    values.reserve(picture.level.size());
    for (std::size_t row = picture.axis.count; row-- > 0;)
        for (std::size_t column = 0; column < picture.columns; ++column) {
            const double level = double(picture.level[row * picture.columns + column]);
            values.push_back(static_cast<std::uint8_t>(
                std::lround(std::clamp((level - top) / range + 1.0, 0.0, 1.0) * 255.0)));
        }
    return values;
}

} // namespace continuo::report
