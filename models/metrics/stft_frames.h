#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include <unsupported/Eigen/FFT>

namespace continuo {

/// One resolution of the multi-resolution STFT distance, all in samples.
struct StftResolution {
    std::size_t fft, hop, window;
};

/// The frames of a short-time Fourier transform of two real signals of one length: a periodic Hann window in
/// the middle of the FFT, frames centred on multiples of the hop, the signals mirrored at their ends (end
/// samples not repeated).
///
/// An object belongs to one thread at a time.
class StftFrames {
  public:
    /// [main-thread] Allocates.
    explicit StftFrames(const StftResolution& resolution);

    /// How many frames a signal of `length` samples has. It must be longer than half of the FFT. [any-thread]
    std::size_t count(std::size_t length) const { return length / resolution_.hop + 1; }

    /// fft / 2 + 1: the bins of a real signal. [any-thread]
    std::size_t bins() const { return resolution_.fft / 2 + 1; }

    /// Transforms one frame of both signals, then `one(bin)` and `other(bin)` give their spectra.
    /// [any-thread] Allocates nothing.
    void transform(std::span<const float> one, std::span<const float> other, std::size_t frame);
    std::complex<double> one(std::size_t bin) const { return 0.5 * (positive(bin) + negative(bin)); }
    std::complex<double> other(std::size_t bin) const {
        const std::complex<double> difference = positive(bin) - negative(bin); // 2i times the spectrum
        return {0.5 * difference.imag(), -0.5 * difference.real()};
    }

    /// The gradient of two functions of a frame's spectrum. With g the derivative by the real part of a bin
    /// plus i times that by its imaginary part, first set both functions' g for every bin, in place of the
    /// bin's spectra, then add the derivatives by the signal's samples to `one` and `other` [length].
    /// [any-thread] Allocates nothing.
    void set_gradients(std::size_t bin, std::complex<double> one, std::complex<double> other);
    void add_adjoint(std::size_t frame, std::span<double> one, std::span<double> other);

  private:
    // One complex transform serves two real signals, one in the real part, the other in the imaginary part.
    std::complex<double> positive(std::size_t bin) const { return spectrum_[bin]; }
    std::complex<double> negative(std::size_t bin) const {
        return std::conj(spectrum_[bin == 0 ? 0 : resolution_.fft - bin]);
    }
    /// Calls visit(index in the FFT, weight of the window, index in the signal) for every sample of the
    /// window.
    template <class Visit>
    void for_each_sample(std::size_t frame, std::size_t length, const Visit& visit) const;

    StftResolution resolution_;
    std::vector<double> window_;
    std::vector<std::complex<double>> time_, spectrum_;
    Eigen::FFT<double> fft_;
};

} // namespace continuo
