#include "dsp/gain/streaming_gain.h"

#include "dsp/gain/gain_curves.h"
#include "dsp/input_guard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace continuo::dsp {

namespace {

template <typename Parameters>
const Parameters& valid(const Parameters& parameters, double sample_rate) {
    validate(parameters);
    if (!(sample_rate >= 1000.0 && sample_rate <= 1e6))
        throw std::invalid_argument("the sample rate is outside 1 kHz to 1 MHz");
    return parameters;
}

} // namespace

template <typename Shape>
GainStream<Shape>::GainStream(const ParametersOf<Shape>& parameters, double sample_rate)
    : period_(control_period(sample_rate)), per_sample_(1.0 / double(period_)), dry_(padded(period_), 0.0),
      input_scale_(double(parameters.input_scale)), bend_scale_(1.0), bend_even_(0.0), bend_odd_(0.0),
      control_(parameters.shape, in_double(valid(parameters, sample_rate)), double(period_) / sample_rate),
      colour_(in_double(parameters), sample_rate), knobs_(parameters.shape.knobs, sample_rate) {
    bend_scale_ = double(parameters.tensors.bend_scale[0]);
    bend_even_ = double(parameters.tensors.bend_even[0]) / bend_scale_;
    bend_odd_ = double(parameters.tensors.bend_odd[0]) / bend_scale_;
    reset({});
}

template <typename Shape>
void GainStream<Shape>::reset(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    knobs_.jump(knobs);
    control_.set_knobs(knobs_.values());
    colour_.reset();
    position_ = 0;
    log_gain_ = control_.settle();
    gain_ = std::exp(log_gain_);
    gain_per_sample_ = 1.0;
}

template <typename Shape>
void GainStream<Shape>::set_knobs(std::span<const float> targets) noexcept CONTINUO_REALTIME {
    knobs_.aim(targets);
}

template <typename Shape>
void GainStream<Shape>::end_period() noexcept CONTINUO_REALTIME {
    if (knobs_.moving()) {
        for (std::size_t t = 0; t < period_ && knobs_.moving(); ++t)
            knobs_.advance();
        control_.set_knobs(knobs_.values());
    }
    const double from = log_gain_;
    log_gain_ = control_.step(measure_period(dry_, period_, input_scale_));
    gain_ = std::exp(from); // anew each time, so that no rounding adds up
    gain_per_sample_ = std::exp((log_gain_ - from) * per_sample_);
    position_ = 0;
}

template <typename Shape>
void GainStream<Shape>::process(const float* input, float* output,
                                std::size_t frames) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    std::array<double, LinearColour::largest_count> played;
    while (frames > 0) {
        const std::size_t count = std::min({frames, period_ - position_, played.size()});
        double* const dry = dry_.data() + position_;
        for (std::size_t t = 0; t < count; ++t)
            dry[t] = double(guarded_input(input[t]));
        colour_.process(dry, played.data(), count);
        for (std::size_t t = 0; t < count; ++t) {
            gain_ *= gain_per_sample_;
            played[t] *= gain_;
        }
        for (std::size_t t = 0; t < count; ++t)
            output[t] = float(played[t] + bend(bend_scale_ * played[t], bend_even_, bend_odd_));
        position_ += count;
        if (position_ == period_)
            end_period();
        input += count;
        output += count;
        frames -= count;
    }
}

template <typename Shape>
float GainStream<Shape>::step(float input) noexcept CONTINUO_REALTIME {
    float output = 0.0f;
    process(&input, &output, 1);
    return output;
}

template class GainStream<GainShape>;
template class GainStream<SelectiveShape>;

} // namespace continuo::dsp
