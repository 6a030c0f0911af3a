#include "models/operations/mr_stft_loss.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <stdexcept>
#include <string>

namespace continuo::operations {

MrStftLoss::MrStftLoss(std::size_t most_frames, std::size_t hop_factor)
    : convergence_gradient_(most_frames), magnitude_gradient_(most_frames) {
    for (StftResolution resolution : mr_stft_resolutions) {
        resolution.hop *= hop_factor;
        resolutions_.emplace_back(resolution);
    }
}

double MrStftLoss::evaluate(std::span<const float> target, std::span<const float> output, double weight,
                            std::span<float> output_gradient) {
    const std::size_t length = target.size();
    if (output.size() != length || output_gradient.size() != length)
        throw std::invalid_argument("target, output and gradient of a loss differ in length");
    if (length < mr_stft_least_length || length > convergence_gradient_.size())
        throw std::invalid_argument("the STFT loss was made for " + std::to_string(mr_stft_least_length) +
                                    " to " + std::to_string(convergence_gradient_.size()) + " samples, not " +
                                    std::to_string(length));
    const std::span<double> convergence = std::span(convergence_gradient_).first(length);
    const std::span<double> magnitude = std::span(magnitude_gradient_).first(length);
    const double share = weight / double(resolutions_.size());
    const double least_magnitude = std::sqrt(mr_stft_least_power);
    double loss = 0.0;
    for (StftFrames& stft : resolutions_) {
        std::fill(convergence.begin(), convergence.end(), 0.0);
        std::fill(magnitude.begin(), magnitude.end(), 0.0);
        const std::size_t frames = stft.count(length), bins = stft.bins();
        double error_energy = 0.0, target_energy = 0.0, log_difference = 0.0;
        for (std::size_t frame = 0; frame < frames; ++frame) {
            stft.transform(target, output, frame);
            for (std::size_t bin = 0; bin < bins; ++bin) {
                const std::complex<double> spectrum = stft.other(bin);
                const double y = std::max(std::sqrt(std::norm(stft.one(bin))), least_magnitude);
                const double own = std::sqrt(std::norm(spectrum)), m = std::max(own, least_magnitude);
                const double difference = m - y;
                error_energy += difference * difference;
                target_energy += y * y;
                log_difference += std::abs(std::log(m / y));
                if (own > least_magnitude) {
                    const std::complex<double> phase = spectrum / m;
                    const double sign = difference > 0.0 ? 1.0 : difference < 0.0 ? -1.0 : 0.0;
                    stft.set_gradients(bin, difference * phase, sign / m * phase);
                } else {
                    stft.set_gradients(bin, 0.0, 0.0);
                }
            }
            stft.add_adjoint(frame, convergence, magnitude);
        }
        const double count = double(frames * bins);
        loss += std::sqrt(error_energy / target_energy) + log_difference / count;
        const double convergence_scale =
            error_energy > 0.0 ? share / std::sqrt(error_energy * target_energy) : 0.0;
        const double magnitude_scale = share / count;
        for (std::size_t t = 0; t < length; ++t)
            output_gradient[t] += float(convergence_scale * convergence[t] + magnitude_scale * magnitude[t]);
    }
    return share * loss;
}

} // namespace continuo::operations
