#include "dsp/gain/streaming_gain.h"

#include "dsp/input_guard.h"

#include <algorithm>
#include <stdexcept>

namespace continuo::dsp {

namespace {

template <typename Parameters>
const Parameters& valid(const Parameters& parameters, double sample_rate, InstructionSet set) {
    validate(parameters);
    if (!(sample_rate >= 1000.0 && sample_rate <= 1e6))
        throw std::invalid_argument("the sample rate is outside 1 kHz to 1 MHz");
    expect_available(set);
    return parameters;
}

template <typename Tensors>
kernels::Bend bend_of(const Tensors& model) {
    const double scale = double(model.bend_scale[0]);
    return {scale, double(model.bend_even[0]) / scale, double(model.bend_odd[0]) / scale};
}

} // namespace

template <typename Shape>
GainStream<Shape>::GainStream(const ParametersOf<Shape>& parameters, double sample_rate, InstructionSet set)
    : set_(set), table_(&kernels::gain_table(set)), period_(control_period(sample_rate)),
      input_scale_(double(parameters.input_scale)),
      control_(parameters.shape, in_double(valid(parameters, sample_rate, set)),
               double(period_) / sample_rate, set),
      colour_(in_double(parameters), sample_rate, set), bend_(bend_of(parameters.tensors)),
      knobs_(parameters.shape.knobs, sample_rate), dry_(kernels::periods_at_once * period_),
      played_(dry_.size()), heard_(kernels::periods_at_once),
      log_gains_(kernels::periods_at_once + kernels::widest), gains_(kernels::periods_at_once),
      factors_(kernels::periods_at_once) {
    reset({});
}

template <typename Shape>
void GainStream<Shape>::reset(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    knobs_.jump(knobs);
    control_.set_knobs(knobs_.values());
    colour_.reset();
    position_ = 0;
    log_gains_[0] = log_gains_[1] = control_.settle();
    begin_periods(1);
    gain_ = gains_[0];
    factor_ = factors_[0];
}

template <typename Shape>
void GainStream<Shape>::set_knobs(std::span<const float> targets) noexcept CONTINUO_REALTIME {
    knobs_.aim(targets);
}

// From log_gains_ to gains_ and factors_.
template <typename Shape>
void GainStream<Shape>::begin_periods(std::size_t periods) noexcept CONTINUO_REALTIME {
    table_->ramps(log_gains_.data(), periods, 1.0 / double(period_), gains_.data(), factors_.data());
    log_gains_[0] = log_gains_[periods];
}

// What the periods that begin when `periods` of them have ended make of the gain.
template <typename Shape>
void GainStream<Shape>::end_periods(std::size_t periods) noexcept CONTINUO_REALTIME {
    if (knobs_.moving()) {
        for (std::size_t t = 0; t < period_ && knobs_.moving(); ++t)
            knobs_.advance();
        control_.set_knobs(knobs_.values());
    }
    table_->measure(dry_.data(), period_, periods, input_scale_, heard_.data());
    control_.step({heard_.data(), periods}, log_gains_.data() + 1);
    begin_periods(periods);
}

template <typename Shape>
void GainStream<Shape>::amplify(std::size_t samples, std::size_t ended) noexcept CONTINUO_REALTIME {
    double* const played = played_.data();
    double gain = gain_, factor = factor_;
    std::size_t t = 0;
    for (std::size_t p = 0; p <= ended; ++p) {
        const std::size_t end = std::min(samples, (p + 1) * period_ - position_);
        for (; t < end; ++t) {
            gain *= factor;
            played[t] *= gain;
        }
        if (p < ended) { // anew for each period, so that no rounding adds up
            gain = gains_[p];
            factor = factors_[p];
        }
    }
    gain_ = gain;
    factor_ = factor;
}

template <typename Shape>
void GainStream<Shape>::process(const float* input, float* output,
                                std::size_t frames) noexcept CONTINUO_REALTIME {
    const ScopedFlushToZero flush_to_zero;
    while (frames > 0) {
        // Knobs move from period to period.
        const std::size_t most = (knobs_.moving() ? 1 : kernels::periods_at_once) * period_;
        const std::size_t count = std::min(frames, most - position_);
        double* const dry = dry_.data() + position_;
        for (std::size_t t = 0; t < count; ++t)
            dry[t] = double(guarded_input(input[t]));
        colour_.process(dry, played_.data(), count);
        const std::size_t end = position_ + count, ended = end < period_ ? 0 : end / period_;
        if (ended > 0)
            end_periods(ended);
        amplify(count, ended);
        table_->bend(bend_, played_.data(), output, count);
        position_ = end - ended * period_;
        if (ended > 0)
            std::copy_n(dry_.data() + ended * period_, position_, dry_.data());
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
