#include "dsp/oversampling/linear_phase_half_band.h"

#include <algorithm>

namespace continuo::dsp {

namespace {

constexpr std::size_t block = 64; // frames of the lower rate that are filtered at a time
constexpr std::size_t side_by_side = 16;

/// `width` neighbouring sums Σ_j taps[j] newest[t − j] of 2 · `half` symmetric taps. Every sum adds up in the
/// same order, however many stand beside it: the compiler may lay them into registers, and the bits stay.
template <std::size_t width>
void sum_symmetric(const float* taps, std::size_t half, const float* newest,
                   float* sums) noexcept CONTINUO_REALTIME {
    float sum[width]{};
    const float* oldest = newest - (2 * half - 1);
    for (std::size_t j = 0; j < half; ++j)
        for (std::size_t i = 0; i < width; ++i)
            sum[i] += taps[j] * (*(newest - j + i) + oldest[j + i]);
    for (std::size_t i = 0; i < width; ++i)
        sums[i] = sum[i];
}

std::vector<float> interpolation_taps(const HalfBandSpecification& specification) {
    std::vector<float> taps;
    for (const double tap : design_linear_phase_half_band(specification))
        taps.push_back(float(2.0 * tap));
    return taps;
}

} // namespace

LinearPhaseHalfBand::Line::Line(std::size_t length) : before(length), samples(length + block, 0.0f) {}

void LinearPhaseHalfBand::Line::shift(std::size_t frames) noexcept CONTINUO_REALTIME {
    std::copy(samples.data() + frames, samples.data() + frames + before, samples.data());
}

// The copied sample of the way up is m − 1 samples old, that of the way down m.
LinearPhaseHalfBand::LinearPhaseHalfBand(const HalfBandSpecification& specification, std::size_t padding)
    : taps_(interpolation_taps(specification)), padding_(padding), up_(taps_.size() - 1),
      even_(taps_.size() - 1 + padding), odd_(taps_.size() / 2 + padding) {}

void LinearPhaseHalfBand::reset(float low, float high) noexcept CONTINUO_REALTIME {
    std::fill(up_.samples.begin(), up_.samples.end(), low);
    std::fill(even_.samples.begin(), even_.samples.end(), high);
    std::fill(odd_.samples.begin(), odd_.samples.end(), high);
}

void LinearPhaseHalfBand::convolve(const float* newest, float* sums,
                                   std::size_t frames) const noexcept CONTINUO_REALTIME {
    const std::size_t half = taps_.size() / 2;
    std::size_t t = 0;
    for (; t + side_by_side <= frames; t += side_by_side)
        sum_symmetric<side_by_side>(taps_.data(), half, newest + t, sums + t);
    for (; t < frames; ++t)
        sum_symmetric<1>(taps_.data(), half, newest + t, sums + t);
}

void LinearPhaseHalfBand::up(const float* input, float* output,
                             std::size_t frames) noexcept CONTINUO_REALTIME {
    const std::size_t half = taps_.size() / 2;
    float sums[block];
    while (frames > 0) {
        const std::size_t count = std::min(frames, block);
        float* newest = up_.samples.data() + up_.before;
        std::copy(input, input + count, newest);
        convolve(newest, sums, count);
        const float* copied = newest - (half - 1);
        for (std::size_t t = 0; t < count; ++t) {
            output[2 * t] = sums[t];
            output[2 * t + 1] = copied[t];
        }
        up_.shift(count);
        input += count;
        output += 2 * count;
        frames -= count;
    }
}

void LinearPhaseHalfBand::down(const float* input, float* output,
                               std::size_t frames) noexcept CONTINUO_REALTIME {
    float sums[block];
    while (frames > 0) {
        const std::size_t count = std::min(frames, block);
        float* even = even_.samples.data() + even_.before;
        float* odd = odd_.samples.data() + odd_.before;
        for (std::size_t t = 0; t < count; ++t) {
            even[t] = input[2 * t];
            odd[t] = input[2 * t + 1];
        }
        convolve(even - padding_, sums, count);
        const float* copied = odd_.samples.data();
        for (std::size_t t = 0; t < count; ++t)
            output[t] = 0.5f * (sums[t] + copied[t]);
        even_.shift(count);
        odd_.shift(count);
        input += 2 * count;
        output += count;
        frames -= count;
    }
}

} // namespace continuo::dsp
