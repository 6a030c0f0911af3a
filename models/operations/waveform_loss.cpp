#include "models/operations/waveform_loss.h"

#include "models/operations/pre_emphasis.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace continuo::operations {

WaveformEnergies waveform_energies(std::span<const float> target, std::size_t first) {
    WaveformEnergies energies{0.0, 0.0};
    for (std::size_t t = first; t < target.size(); ++t) {
        const double y = target[t], previous = t > 0 ? double(target[t - 1]) : 0.0;
        const double emphasised = y - pre_emphasis_coefficient * previous;
        energies.plain += y * y;
        energies.pre_emphasis += emphasised * emphasised;
    }
    return energies;
}

double waveform_loss(std::span<const float> target, std::span<const float> output, std::size_t first,
                     const WaveformEnergies& energies, const WaveformLossWeights& weights,
                     std::span<float> output_gradient) {
    if (output.size() != target.size() || output_gradient.size() != target.size())
        throw std::invalid_argument("target, output and gradient of a loss differ in length");
    const std::size_t end = target.size();
    if (first >= end)
        return 0.0;
    const auto error = [&](std::size_t t) { return double(output[t]) - double(target[t]); };
    const auto emphasised_error = [&](std::size_t t) {
        return error(t) - (t > 0 ? pre_emphasis_coefficient * error(t - 1) : 0.0);
    };

    double squares = 0.0, emphasised_squares = 0.0, sum = 0.0;
    for (std::size_t t = first; t < end; ++t) {
        const double e = error(t), emphasised = emphasised_error(t);
        squares += e * e;
        emphasised_squares += emphasised * emphasised;
        sum += e;
    }
    const double plain_scale = (1.0 - weights.pre_emphasis) / energies.plain;
    const double emphasised_scale = weights.pre_emphasis / energies.pre_emphasis;
    const double offset_scale = weights.offset / (double(end - first) * energies.plain);

    double here = emphasised_error(first);
    for (std::size_t t = first; t < end; ++t) {
        const double next = t + 1 < end ? emphasised_error(t + 1) : 0.0;
        const double half = plain_scale * error(t) +
                            emphasised_scale * (here - pre_emphasis_coefficient * next) + offset_scale * sum;
        output_gradient[t] += float(2.0 * half);
        here = next;
    }
    return plain_scale * squares + emphasised_scale * emphasised_squares + offset_scale * sum * sum;
}

void waveform_loss_root(std::span<const float> plain, std::span<const float> pre_emphasised,
                        std::size_t first, const WaveformEnergies& energies,
                        const WaveformLossWeights& weights, std::span<float> product) {
    if (plain.size() != product.size() || pre_emphasised.size() != product.size())
        throw std::invalid_argument("signs and product of a loss differ in length");
    const auto scale = float(std::sqrt(2.0 * (1.0 - weights.pre_emphasis) / energies.plain));
    const auto emphasised_scale = float(std::sqrt(2.0 * weights.pre_emphasis / energies.pre_emphasis));
    std::fill(product.begin(), product.end(), 0.0f);
    for (std::size_t t = first; t < product.size(); ++t) {
        const float next = t + 1 < product.size() ? pre_emphasised[t + 1] : 0.0f;
        product[t] = scale * plain[t] +
                     emphasised_scale * (pre_emphasised[t] - float(pre_emphasis_coefficient) * next);
    }
}

} // namespace continuo::operations
