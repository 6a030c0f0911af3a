#include "dsp/gain/gain_control.h"

#include "dsp/gain/exponential.h"
#include "dsp/gain/gain_curves.h"
#include "dsp/gain/knob_row.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace continuo::dsp {

GainControl::GainControl(const GainShape& shape, GainTensors<double> model, double seconds)
    : shape_(shape), model_(std::move(model)), bank_(model_, seconds), squared_width_(model_.curve_width),
      curve_mixing_(model_.curve_mixing, shape_.levels), speed_mixing_(model_.speed_mixing, shape_.levels),
      readout_(model_), seconds_(seconds), rise_rate_(padded(shape_.channels)),
      fall_rate_(padded(shape_.channels)), lag_decay_(padded(shape_.channels)),
      curve_drive_(padded(shape_.channels)), aim_(padded(shape_.channels)),
      exponent_(padded(shape_.channels)), state_(padded(shape_.channels)), lagged_(padded(shape_.channels)) {
    for (std::vector<double>* values : {&model_.speed_difference, &model_.speed_bias})
        pad(*values);
    for (double& width : squared_width_)
        width *= width;
    pad(squared_width_);
}

void GainControl::set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    // T / τ, where knobs scale the time constant τ
    const auto rate = [&](const std::vector<double>& times, const std::vector<double>& by_knobs,
                          std::size_t row) {
        return seconds_ / times[row] * std::exp(-row_times(by_knobs, row, knobs));
    };
    bank_.set_knobs(knobs);
    for (std::size_t j = 0; j < shape_.channels; ++j) {
        rise_rate_[j] = rate(model_.rise_time, model_.rise_knobs, j);
        fall_rate_[j] = rate(model_.fall_time, model_.fall_knobs, j);
        lag_decay_[j] = std::exp(-rate(model_.lag_time, model_.lag_knobs, j));
        curve_drive_[j] = model_.curve_bias[j] + row_times(model_.curve_knobs, j, knobs);
    }
    readout_.set_knobs(knobs);
}

double GainControl::settle() noexcept CONTINUO_REALTIME {
    bank_.settle();
    for (std::size_t j = 0; j < shape_.channels; j += Doubles::size)
        aim(j).store_unaligned(state_.data() + j);
    std::copy(state_.begin(), state_.end(), lagged_.begin());
    return readout_.log_gain(lagged_.data());
}

double GainControl::displace(std::span<const double> by) noexcept CONTINUO_REALTIME {
    for (std::size_t j = 0; j < shape_.channels && j < by.size(); ++j)
        lagged_[j] = state_[j] += by[j];
    return readout_.log_gain(lagged_.data());
}

// v of the channels from `first` on.
Doubles GainControl::aim(std::size_t first) const noexcept CONTINUO_REALTIME {
    return knee<Doubles>(curve_mixing_.times(first, bank_.levels()) + load(curve_drive_, first),
                         load(squared_width_, first));
}

double GainControl::step(const PeriodLevel& level) noexcept CONTINUO_REALTIME {
    bank_.step(level);
    // In three loops, each short enough for the processor to work on all channels at once.
    for (std::size_t j = 0; j < shape_.channels; j += Doubles::size)
        aim(j).store_unaligned(aim_.data() + j);
    for (std::size_t j = 0; j < shape_.channels; j += Doubles::size) {
        const Doubles difference = load(aim_, j) - load(state_, j);
        const Doubles speed =
            knee(speed_mixing_.times(j, bank_.levels()) + load(model_.speed_difference, j) * difference +
                 load(model_.speed_bias, j));
        const Doubles rate =
            xsimd::select(difference > Doubles(0.0), load(rise_rate_, j), load(fall_rate_, j));
        (-speed * rate).store_unaligned(exponent_.data() + j);
    }
    for (std::size_t j = 0; j < shape_.channels; j += Doubles::size) {
        const Doubles aim = load(aim_, j);
        const Doubles state = aim - exponential(load(exponent_, j)) * (aim - load(state_, j));
        state.store_unaligned(state_.data() + j);
        (state + load(lag_decay_, j) * (load(lagged_, j) - state)).store_unaligned(lagged_.data() + j);
    }
    return readout_.log_gain(lagged_.data());
}

} // namespace continuo::dsp
