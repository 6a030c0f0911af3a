#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace continuo {

/// Power and cross spectra of two signals, summed over Hann windows with half overlap; `size / 2 + 1` bins
/// each.
struct CrossSpectrum {
    std::size_t size = 0; ///< of the transform, a power of two
    std::vector<double> first_power, second_power;
    std::vector<std::complex<double>>
        cross; ///< conj(first) · second: the phase falls where the second is later

    explicit CrossSpectrum(std::size_t transform_size);
    CrossSpectrum() = default;

    /// Adds every window that lies within both signals, which are equally long. [any-thread] Allocates.
    void add_windows(std::span<const float> first, std::span<const float> second);
    /// Adds another sum whose second signal is moved earlier by `shift` samples, a fraction being allowed.
    void add(const CrossSpectrum& other, double shift);
};

/// Phase of the minimum-phase filter of that log magnitude, in radians per bin.
/// \param log_magnitude  natural logarithm, `size / 2 + 1` bins
/// [any-thread] Allocates. Source: Oppenheim, Schafer, "Discrete-Time Signal Processing", 12 (folded
/// cepstrum).
std::vector<double> minimum_phase(std::span<const double> log_magnitude);

/// The correlation that belongs to a weighted cross spectrum, at lags in steps of 1 / `oversampling` samples:
/// element i is lag i / oversampling, from the end backwards the negative lags. [any-thread] Allocates.
std::vector<double> correlation(std::span<const std::complex<double>> weighted, std::size_t oversampling);

} // namespace continuo
