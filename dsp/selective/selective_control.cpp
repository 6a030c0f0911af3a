#include "dsp/selective/selective_control.h"

#include "dsp/gain/knob_row.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace continuo::dsp {

SelectiveControl::SelectiveControl(const SelectiveShape& shape, SelectiveTensors<double> model,
                                   double seconds, InstructionSet set)
    : table_(&kernels::gain_table(set)), shape_(shape), model_(std::move(model)),
      bank_(model_, seconds, *table_), readout_(model_, *table_),
      input_mixing_(model_.input_mixing, shape_.levels), speed_mixing_(model_.speed_mixing, shape_.levels),
      write_mixing_(model_.write_mixing, shape_.levels), read_mixing_(model_.read_mixing, shape_.levels),
      input_drive_(shape_.channels), speed_bias_(model_.speed_bias), speed_factor_(shape_.channels),
      skip_(model_.skip), write_bias_(model_.write_bias), read_bias_(model_.read_bias),
      rate_(shape_.states * skip_.size()), displacement_(rate_.size()), state_(rate_.size()),
      input_(kernels::periods_at_once * skip_.size()), speed_(input_.size()),
      write_(kernels::periods_at_once * write_bias_.size()), read_(write_.size()), channels_(input_.size()) {
    layer_ = {
        .count = shape_.channels,
        .states = shape_.states,
        .width = skip_.size(),
        .state_width = write_bias_.size(),
        .input_mixing = input_mixing_.kernel(),
        .speed_mixing = speed_mixing_.kernel(),
        .write_mixing = write_mixing_.kernel(),
        .read_mixing = read_mixing_.kernel(),
        .input_drive = input_drive_.data(),
        .speed_bias = speed_bias_.data(),
        .speed_factor = speed_factor_.data(),
        .write_bias = write_bias_.data(),
        .read_bias = read_bias_.data(),
        .rate = rate_.data(),
        .skip = skip_.data(),
        .displacement = displacement_.data(),
        .input = input_.data(),
        .speed = speed_.data(),
        .write = write_.data(),
        .read = read_.data(),
        .state = state_.data(),
        .channels = channels_.data(),
    };
    for (std::size_t h = 0; h < shape_.channels; ++h)
        for (std::size_t n = 0; n < shape_.states; ++n)
            rate_[n * skip_.size() + h] = -seconds / model_.state_time[h * shape_.states + n];
}

void SelectiveControl::set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    bank_.set_knobs(knobs);
    for (std::size_t h = 0; h < shape_.channels; ++h) {
        input_drive_[h] = model_.input_bias[h] + row_times(model_.input_knobs, h, knobs);
        speed_factor_[h] = std::exp(row_times(model_.speed_knobs, h, knobs));
    }
    readout_.set_knobs(knobs);
}

double SelectiveControl::settle(std::span<const double> displacement) noexcept CONTINUO_REALTIME {
    for (std::size_t h = 0; h < shape_.channels; ++h)
        for (std::size_t n = 0; n < shape_.states; ++n) {
            const std::size_t from = h * shape_.states + n;
            displacement_[n * skip_.size() + h] = from < displacement.size() ? displacement[from] : 0.0;
        }
    bank_.settle();
    table_->settle_selective(layer_, bank_.detectors());
    double log_gain = 0.0;
    readout_.log_gains(channels_.data(), 1, &log_gain);
    return log_gain;
}

void SelectiveControl::step(std::span<const PeriodLevel> heard,
                            double* log_gains) noexcept CONTINUO_REALTIME {
    for (std::size_t begin = 0; begin < heard.size(); begin += kernels::periods_at_once) {
        const std::size_t periods = std::min(heard.size() - begin, kernels::periods_at_once);
        bank_.step(heard.data() + begin, periods);
        table_->select(layer_, bank_.detectors(), periods);
        readout_.log_gains(channels_.data(), periods, log_gains + begin);
    }
}

} // namespace continuo::dsp
