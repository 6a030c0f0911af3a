#include "dsp/oversampling/oversampler.h"

#include "dsp/input_guard.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace continuo::dsp {

namespace {

// A little more than is promised, for what float rounds off.
constexpr double minimum_phase_attenuation = 101.0, linear_phase_attenuation = 122.0; // dB

std::size_t stages_of(std::size_t factor) {
    switch (factor) {
    case 1:
        return 0;
    case 2:
        return 1;
    case 4:
        return 2;
    case 8:
        return 3;
    default:
        throw std::invalid_argument("oversampling by a factor other than 1, 2, 4 or 8");
    }
}

/// guarded_input() in place. Nearly always there is nothing to do. To find out takes no branch per sample:
/// read as integers, infinities and what is not a number are larger than any other magnitude.
void guard(float* samples, std::size_t frames) noexcept CONTINUO_REALTIME {
    constexpr auto limit = std::bit_cast<std::int32_t>(largest_input);
    std::int32_t outside = 0;
    for (std::size_t t = 0; t < frames; ++t)
        outside |= (std::bit_cast<std::int32_t>(samples[t]) & 0x7fffffff) > limit ? 1 : 0;
    if (outside != 0)
        for (std::size_t t = 0; t < frames; ++t)
            samples[t] = guarded_input(samples[t]);
}

/// Every stage takes the end of the memory that the next one fills.
template <class Stage>
void up_through(std::vector<Stage>& stages, float* end, std::size_t frames) noexcept CONTINUO_REALTIME {
    for (Stage& stage : stages) {
        stage.up(end - frames, end - 2 * frames, frames);
        frames *= 2;
    }
}

/// Every stage leaves its output at the beginning of its input; the last one leaves it in `output`.
template <class Stage>
void down_through(std::vector<Stage>& stages, float* samples, float* output,
                  std::size_t frames) noexcept CONTINUO_REALTIME {
    for (std::size_t i = stages.size(); i-- > 0;)
        stages[i].down(samples, i > 0 ? samples : output, frames << i);
}

} // namespace

Oversampler::Oversampler(std::size_t factor, OversamplingKind kind) : factor_(factor) {
    const std::size_t stages = stages_of(factor);
    std::size_t linear_delay = 0; // in samples of the highest rate
    for (std::size_t i = 0; i < stages; ++i) {
        const double transition = half_band_transition(i);
        if (kind == OversamplingKind::minimum_phase) {
            minimum_phase_.emplace_back(HalfBandSpecification{transition, minimum_phase_attenuation});
            delay_ += minimum_phase_.back().delay() / std::exp2(double(i));
            continue;
        }
        const HalfBandSpecification specification{transition, linear_phase_attenuation};
        std::size_t padding = 0;
        const std::size_t lower_rate = factor >> i; // samples of the highest rate in one of the stage's lower
        if (i + 1 == stages) {
            // A stage delays by an odd number of samples of its lower rate. The last stage makes the sum a
            // whole number of samples of the host.
            const std::size_t unpadded = LinearPhaseHalfBand(specification, 0).delay() * lower_rate;
            while ((linear_delay + unpadded + padding * lower_rate) % factor != 0)
                ++padding;
        }
        linear_phase_.emplace_back(specification, padding);
        linear_delay += linear_phase_.back().delay() * lower_rate;
    }
    if (kind == OversamplingKind::linear_phase)
        delay_ = double(linear_delay / factor);
    latency_ = std::size_t(std::lround(delay_));
}

void Oversampler::reset(float input, float inside) noexcept CONTINUO_REALTIME {
    for (AllPassHalfBand& stage : minimum_phase_)
        stage.reset(input, inside);
    for (LinearPhaseHalfBand& stage : linear_phase_)
        stage.reset(input, inside);
}

void Oversampler::up(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    float* end = output + frames * factor_;
    std::copy(input, input + frames, end - frames);
    guard(end - frames, frames);
    up_through(minimum_phase_, end, frames);
    up_through(linear_phase_, end, frames);
}

void Oversampler::down(float* samples, float* output, std::size_t frames) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    guard(samples, frames * factor_);
    if (factor_ == 1)
        std::copy(samples, samples + frames, output);
    down_through(minimum_phase_, samples, output, frames);
    down_through(linear_phase_, samples, output, frames);
}

} // namespace continuo::dsp
