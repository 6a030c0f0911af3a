#include "models/metrics/mr_stft.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <stdexcept>
#include <string>
#include <vector>

namespace continuo {

namespace {

double distance_at(const StftResolution& resolution, std::span<const float> target,
                   std::span<const float> output) {
    StftFrames stft(resolution);
    const std::size_t frames = stft.count(target.size()), bins = stft.bins();
    double error_energy = 0.0, target_energy = 0.0, log_difference = 0.0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        stft.transform(target, output, frame);
        for (std::size_t bin = 0; bin < bins; ++bin) {
            const double y_power = std::max(std::norm(stft.one(bin)), mr_stft_least_power);
            const double output_power = std::max(std::norm(stft.other(bin)), mr_stft_least_power);
            const double difference = std::sqrt(y_power) - std::sqrt(output_power);
            error_energy += difference * difference;
            target_energy += y_power;
            log_difference += 0.5 * std::abs(std::log(y_power / output_power));
        }
    }
    return std::sqrt(error_energy / target_energy) + log_difference / static_cast<double>(frames * bins);
}

} // namespace

double mr_stft_distance(std::span<const float> target, std::span<const float> output) {
    if (target.size() != output.size())
        throw std::invalid_argument("signals to compare differ in length: " + std::to_string(target.size()) +
                                    " and " + std::to_string(output.size()) + " frames");
    if (target.empty())
        return 0.0;
    if (target.size() < mr_stft_least_length) {
        std::vector<float> long_target(target.begin(), target.end()),
            long_output(output.begin(), output.end());
        long_target.resize(mr_stft_least_length);
        long_output.resize(mr_stft_least_length);
        return mr_stft_distance(long_target, long_output);
    }
    double sum = 0.0;
    for (const StftResolution& resolution : mr_stft_resolutions)
        sum += distance_at(resolution, target, output);
    return sum / static_cast<double>(mr_stft_resolutions.size());
}

} // namespace continuo
