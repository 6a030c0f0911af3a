#include "models/capture/cross_spectrum.h"

#include <cmath>
#include <numbers>

#include <unsupported/Eigen/FFT>

namespace continuo {

using Complex = std::complex<double>;

CrossSpectrum::CrossSpectrum(std::size_t transform_size)
    : size(transform_size), first_power(transform_size / 2 + 1), second_power(transform_size / 2 + 1),
      cross(transform_size / 2 + 1) {}

void CrossSpectrum::add_windows(std::span<const float> first, std::span<const float> second) {
    std::vector<double> window(size);
    for (std::size_t i = 0; i < size; ++i)
        window[i] =
            0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size));
    Eigen::FFT<double> fft;
    std::vector<Complex> both(size), spectrum(size);
    for (std::size_t begin = 0; begin + size <= first.size(); begin += size / 2) {
        // One complex transform serves both real signals.
        for (std::size_t i = 0; i < size; ++i)
            both[i] = {window[i] * first[begin + i], window[i] * second[begin + i]};
        fft.fwd(spectrum, both);
        for (std::size_t bin = 0; bin <= size / 2; ++bin) {
            const Complex positive = spectrum[bin], negative = std::conj(spectrum[(size - bin) % size]);
            const Complex a = 0.5 * (positive + negative), b = Complex(0.0, -0.5) * (positive - negative);
            first_power[bin] += std::norm(a);
            second_power[bin] += std::norm(b);
            cross[bin] += std::conj(a) * b;
        }
    }
}

void CrossSpectrum::add(const CrossSpectrum& other, double shift) {
    const double step = 2.0 * std::numbers::pi * shift / static_cast<double>(size);
    for (std::size_t bin = 0; bin < cross.size(); ++bin) {
        first_power[bin] += other.first_power[bin];
        second_power[bin] += other.second_power[bin];
        cross[bin] += other.cross[bin] * std::polar(1.0, step * static_cast<double>(bin));
    }
}

std::vector<double> minimum_phase(std::span<const double> log_magnitude) {
    const std::size_t size = 2 * (log_magnitude.size() - 1);
    Eigen::FFT<double> fft;
    std::vector<Complex> spectrum(size), cepstrum(size);
    for (std::size_t bin = 0; bin < size; ++bin)
        spectrum[bin] = log_magnitude[bin <= size / 2 ? bin : size - bin];
    fft.inv(cepstrum, spectrum);
    for (std::size_t i = 1; i < size / 2; ++i) {
        cepstrum[i] *= 2.0;
        cepstrum[size - i] = 0.0;
    }
    fft.fwd(spectrum, cepstrum);
    std::vector<double> phase(log_magnitude.size());
    for (std::size_t bin = 0; bin < phase.size(); ++bin)
        phase[bin] = spectrum[bin].imag();
    return phase;
}

std::vector<double> correlation(std::span<const Complex> weighted, std::size_t oversampling) {
    const std::size_t half = weighted.size() - 1, size = 2 * half * oversampling;
    std::vector<Complex> spectrum(size), result(size);
    for (std::size_t bin = 1; bin < half; ++bin) {
        spectrum[bin] = weighted[bin];
        spectrum[size - bin] = std::conj(weighted[bin]);
    }
    Eigen::FFT<double> fft;
    fft.inv(result, spectrum);
    std::vector<double> real(size);
    for (std::size_t i = 0; i < size; ++i)
        real[i] = result[i].real();
    return real;
}

} // namespace continuo
