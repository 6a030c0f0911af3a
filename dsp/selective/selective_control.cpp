#include "dsp/selective/selective_control.h"

#include "dsp/gain/exponential.h"
#include "dsp/gain/gain_curves.h"
#include "dsp/gain/knob_row.h"

#include <cmath>
#include <utility>

namespace continuo::dsp {

SelectiveControl::SelectiveControl(const SelectiveShape& shape, SelectiveTensors<double> model,
                                   double seconds)
    : shape_(shape), model_(std::move(model)), bank_(model_, seconds),
      input_mixing_(model_.input_mixing, shape_.levels), speed_mixing_(model_.speed_mixing, shape_.levels),
      write_mixing_(model_.write_mixing, shape_.levels), read_mixing_(model_.read_mixing, shape_.levels),
      readout_(model_), width_(padded(shape_.channels)), rate_(shape_.states * width_), input_drive_(width_),
      speed_factor_(width_), input_(width_), speed_(width_), write_(padded(shape_.states)),
      read_(padded(shape_.states)), mixed_(width_), state_(shape_.states * width_) {
    for (std::size_t h = 0; h < shape_.channels; ++h)
        for (std::size_t n = 0; n < shape_.states; ++n)
            rate_[n * width_ + h] = -seconds / model_.state_time[h * shape_.states + n];
    for (std::vector<double>* values :
         {&model_.speed_bias, &model_.write_bias, &model_.read_bias, &model_.skip})
        pad(*values);
}

void SelectiveControl::set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    bank_.set_knobs(knobs);
    for (std::size_t h = 0; h < shape_.channels; ++h) {
        input_drive_[h] = model_.input_bias[h] + row_times(model_.input_knobs, h, knobs);
        speed_factor_[h] = std::exp(row_times(model_.speed_knobs, h, knobs));
    }
    readout_.set_knobs(knobs);
}

double SelectiveControl::settle() noexcept CONTINUO_REALTIME {
    bank_.settle();
    select();
    for (std::size_t n = 0; n < shape_.states; ++n)
        for (std::size_t h = 0; h < width_; ++h)
            state_[n * width_ + h] = write_[n] * input_[h];
    return log_gain();
}

double SelectiveControl::displace(std::span<const double> by) noexcept CONTINUO_REALTIME {
    for (std::size_t h = 0; h < shape_.channels; ++h)
        for (std::size_t n = 0; n < shape_.states && h * shape_.states + n < by.size(); ++n)
            state_[n * width_ + h] += by[h * shape_.states + n];
    return log_gain();
}

// u, Δ, B and C from the levels: what makes the layer selective.
void SelectiveControl::select() noexcept CONTINUO_REALTIME {
    const double* levels = bank_.levels();
    for (std::size_t h = 0; h < width_; h += Doubles::size) {
        knee(input_mixing_.times(h, levels) + load(input_drive_, h)).store_unaligned(input_.data() + h);
        (knee(speed_mixing_.times(h, levels) + load(model_.speed_bias, h)) * load(speed_factor_, h))
            .store_unaligned(speed_.data() + h);
    }
    for (std::size_t n = 0; n < shape_.states; n += Doubles::size) {
        gate(write_mixing_.times(n, levels) + load(model_.write_bias, n)).store_unaligned(write_.data() + n);
        gate(read_mixing_.times(n, levels) + load(model_.read_bias, n)).store_unaligned(read_.data() + n);
    }
}

double SelectiveControl::step(const PeriodLevel& level) noexcept CONTINUO_REALTIME {
    bank_.step(level);
    select();
    for (std::size_t h = 0; h < width_; h += Doubles::size) {
        const Doubles input = load(input_, h), speed = load(speed_, h);
        for (std::size_t n = 0; n < shape_.states; ++n) {
            const Doubles written = Doubles(write_[n]) * input;
            double* state = state_.data() + n * width_ + h;
            const Doubles kept = exponential(speed * load(rate_, n * width_ + h));
            (written + kept * (Doubles::load_unaligned(state) - written)).store_unaligned(state);
        }
    }
    return log_gain();
}

double SelectiveControl::log_gain() noexcept CONTINUO_REALTIME {
    for (std::size_t h = 0; h < width_; h += Doubles::size) {
        Doubles mixed = load(model_.skip, h) * load(input_, h);
        for (std::size_t n = 0; n < shape_.states; ++n)
            mixed += Doubles(read_[n]) * load(state_, n * width_ + h);
        mixed.store_unaligned(mixed_.data() + h);
    }
    return readout_.log_gain(mixed_.data());
}

} // namespace continuo::dsp
