#include "dsp/gain/gain_control.h"

#include "dsp/gain/knob_row.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace continuo::dsp {

GainControl::GainControl(const GainShape& shape, GainTensors<double> model, double seconds,
                         InstructionSet set)
    : table_(&kernels::gain_table(set)), shape_(shape), model_(std::move(model)), seconds_(seconds),
      bank_(model_, seconds, *table_), readout_(model_, *table_),
      curve_mixing_(model_.curve_mixing, shape_.levels), speed_mixing_(model_.speed_mixing, shape_.levels),
      curve_drive_(shape_.channels), squared_width_(model_.curve_width),
      speed_difference_(model_.speed_difference), speed_bias_(model_.speed_bias), rise_rate_(shape_.channels),
      fall_rate_(shape_.channels), lag_decay_(shape_.channels), displacement_(shape_.channels),
      state_(shape_.channels), lagged_(shape_.channels), aim_(kernels::periods_at_once * state_.size()),
      speed_(aim_.size()), channels_(aim_.size()) {
    smoothers_ = {
        .count = shape_.channels,
        .width = state_.size(),
        .curve_mixing = curve_mixing_.kernel(),
        .speed_mixing = speed_mixing_.kernel(),
        .curve_drive = curve_drive_.data(),
        .squared_width = squared_width_.data(),
        .speed_difference = speed_difference_.data(),
        .speed_bias = speed_bias_.data(),
        .rise_rate = rise_rate_.data(),
        .fall_rate = fall_rate_.data(),
        .lag_decay = lag_decay_.data(),
        .displacement = displacement_.data(),
        .aim = aim_.data(),
        .speed = speed_.data(),
        .state = state_.data(),
        .lagged = lagged_.data(),
        .channels = channels_.data(),
    };
    for (std::size_t j = 0; j < shape_.channels; ++j)
        squared_width_[j] *= squared_width_[j];
}

void GainControl::set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    // −T / τ, where knobs scale the time constant τ
    const auto rate = [&](const std::vector<double>& times, const std::vector<double>& by_knobs,
                          std::size_t row) {
        return -seconds_ / times[row] * std::exp(-row_times(by_knobs, row, knobs));
    };
    bank_.set_knobs(knobs);
    for (std::size_t j = 0; j < shape_.channels; ++j) {
        rise_rate_[j] = rate(model_.rise_time, model_.rise_knobs, j);
        fall_rate_[j] = rate(model_.fall_time, model_.fall_knobs, j);
        lag_decay_[j] = std::exp(rate(model_.lag_time, model_.lag_knobs, j));
        curve_drive_[j] = model_.curve_bias[j] + row_times(model_.curve_knobs, j, knobs);
    }
    readout_.set_knobs(knobs);
}

double GainControl::settle(std::span<const double> displacement) noexcept CONTINUO_REALTIME {
    for (std::size_t j = 0; j < shape_.channels; ++j)
        displacement_[j] = j < displacement.size() ? displacement[j] : 0.0;
    bank_.settle();
    table_->settle_smoothers(smoothers_, bank_.detectors());
    double log_gain = 0.0;
    readout_.log_gains(channels_.data(), 1, &log_gain);
    return log_gain;
}

void GainControl::step(std::span<const PeriodLevel> heard, double* log_gains) noexcept CONTINUO_REALTIME {
    for (std::size_t begin = 0; begin < heard.size(); begin += kernels::periods_at_once) {
        const std::size_t periods = std::min(heard.size() - begin, kernels::periods_at_once);
        bank_.step(heard.data() + begin, periods);
        table_->smooth(smoothers_, bank_.detectors(), periods);
        readout_.log_gains(channels_.data(), periods, log_gains + begin);
    }
}

} // namespace continuo::dsp
