#include "models/metrics/stft_frames.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace continuo {

StftFrames::StftFrames(const StftResolution& resolution)
    : resolution_(resolution), window_(resolution.window), time_(resolution.fft), spectrum_(resolution.fft) {
    for (std::size_t i = 0; i < window_.size(); ++i)
        window_[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * double(i) / double(window_.size()));
    fft_.SetFlag(Eigen::FFT<double>::Unscaled);
    // The first transform of each direction plans it.
    const auto size = static_cast<Eigen::Index>(resolution.fft);
    fft_.fwd(spectrum_.data(), time_.data(), size);
    fft_.inv(time_.data(), spectrum_.data(), size);
}

template <class Visit>
void StftFrames::for_each_sample(std::size_t frame, std::size_t length, const Visit& visit) const {
    const std::size_t window_begin = (resolution_.fft - resolution_.window) / 2;
    const auto last = static_cast<std::ptrdiff_t>(length) - 1;
    auto at = static_cast<std::ptrdiff_t>(frame * resolution_.hop + window_begin) -
              static_cast<std::ptrdiff_t>(resolution_.fft / 2);
    for (std::size_t i = 0; i < window_.size(); ++i, ++at) {
        const std::ptrdiff_t mirrored = at < 0 ? -at : at > last ? 2 * last - at : at;
        visit(window_begin + i, window_[i], static_cast<std::size_t>(mirrored));
    }
}

void StftFrames::transform(std::span<const float> one, std::span<const float> other, std::size_t frame) {
    std::fill(time_.begin(), time_.end(), 0.0);
    for_each_sample(frame, one.size(), [&](std::size_t i, double weight, std::size_t at) {
        time_[i] = {weight * double(one[at]), weight * double(other[at])};
    });
    fft_.fwd(spectrum_.data(), time_.data(), static_cast<Eigen::Index>(resolution_.fft));
}

void StftFrames::set_gradients(std::size_t bin, std::complex<double> one, std::complex<double> other) {
    // A real signal is half its bin plus the mirrored conjugate; bins 0 and fft / 2 are their own mirror
    // image.
    const std::size_t mirror = bin == 0 ? 0 : resolution_.fft - bin;
    if (mirror == bin) {
        spectrum_[bin] = {one.real(), other.real()};
    } else {
        spectrum_[bin] = {0.5 * (one.real() - other.imag()), 0.5 * (one.imag() + other.real())};
        spectrum_[mirror] = {0.5 * (one.real() + other.imag()), 0.5 * (other.real() - one.imag())};
    }
}

void StftFrames::add_adjoint(std::size_t frame, std::span<double> one, std::span<double> other) {
    fft_.inv(time_.data(), spectrum_.data(), static_cast<Eigen::Index>(resolution_.fft));
    for_each_sample(frame, one.size(), [&](std::size_t i, double weight, std::size_t at) {
        one[at] += weight * time_[i].real();
        other[at] += weight * time_[i].imag();
    });
}

} // namespace continuo
