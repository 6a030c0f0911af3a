#include "dsp/gain/gain_control.h"

#include "dsp/gain/gain_curves.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace continuo::dsp {

namespace {

// Row `row` of a matrix times a vector.
template <typename Value>
double mixed(const std::vector<double>& matrix, std::size_t row,
             std::span<const Value> vector) noexcept CONTINUO_REALTIME {
    const double* weights = matrix.data() + row * vector.size();
    double sum = 0.0;
    for (std::size_t i = 0; i < vector.size(); ++i)
        sum += weights[i] * double(vector[i]);
    return sum;
}

} // namespace

GainControl::GainControl(const GainShape& shape, GainTensors<double> model, double seconds)
    : shape_(shape), model_(std::move(model)), seconds_(seconds), level_rise_decay_(shape_.levels),
      level_fall_decay_(shape_.levels), rise_rate_(shape_.channels), fall_rate_(shape_.channels),
      curve_drive_(shape_.channels), hidden_drive_(shape_.hidden), mean_squares_(shape_.levels),
      levels_(shape_.levels), aim_(shape_.channels), state_(shape_.channels) {}

void GainControl::set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    // T / τ, where knobs scale the time constant τ
    const auto rate = [&](const std::vector<double>& times, const std::vector<double>& by_knobs,
                          std::size_t row) {
        return seconds_ / times[row] * std::exp(-mixed(by_knobs, row, knobs));
    };
    for (std::size_t i = 0; i < shape_.levels; ++i) {
        level_rise_decay_[i] = std::exp(-rate(model_.level_rise_time, model_.level_rise_knobs, i));
        level_fall_decay_[i] = std::exp(-rate(model_.level_fall_time, model_.level_fall_knobs, i));
    }
    for (std::size_t j = 0; j < shape_.channels; ++j) {
        rise_rate_[j] = rate(model_.rise_time, model_.rise_knobs, j);
        fall_rate_[j] = rate(model_.fall_time, model_.fall_knobs, j);
        curve_drive_[j] = model_.curve_bias[j] + mixed(model_.curve_knobs, j, knobs);
    }
    for (std::size_t i = 0; i < shape_.hidden; ++i)
        hidden_drive_[i] = model_.hidden_bias[i] + mixed(model_.hidden_knobs, i, knobs);
    depth_ = 1.0 + mixed(model_.depth_knobs, 0, knobs);
    offset_ = model_.gain_bias[0] + mixed(model_.gain_knobs, 0, knobs);
}

double GainControl::settle() noexcept CONTINUO_REALTIME {
    std::fill(mean_squares_.begin(), mean_squares_.end(), 0.0);
    aim();
    std::copy(aim_.begin(), aim_.end(), state_.begin());
    return log_gain();
}

double GainControl::displace(std::span<const double> by) noexcept CONTINUO_REALTIME {
    for (std::size_t j = 0; j < shape_.channels && j < by.size(); ++j)
        state_[j] += by[j];
    return log_gain();
}

void GainControl::aim() noexcept CONTINUO_REALTIME {
    for (std::size_t i = 0; i < shape_.levels; ++i)
        levels_[i] = log_level(mean_squares_[i]);
    for (std::size_t j = 0; j < shape_.channels; ++j)
        aim_[j] = knee(mixed<double>(model_.curve_mixing, j, levels_) + curve_drive_[j]);
}

double GainControl::step(double mean_square) noexcept CONTINUO_REALTIME {
    for (std::size_t i = 0; i < shape_.levels; ++i)
        mean_squares_[i] =
            mean_square + (mean_square > mean_squares_[i] ? level_rise_decay_[i] : level_fall_decay_[i]) *
                              (mean_squares_[i] - mean_square);
    aim();
    for (std::size_t j = 0; j < shape_.channels; ++j) {
        const double difference = aim_[j] - state_[j];
        const double speed = knee(mixed<double>(model_.speed_mixing, j, levels_) +
                                  model_.speed_difference[j] * difference + model_.speed_bias[j]);
        const double rate = difference > 0.0 ? rise_rate_[j] : fall_rate_[j];
        state_[j] = aim_[j] - std::exp(-speed * rate) * difference;
    }
    return log_gain();
}

double GainControl::log_gain() const noexcept CONTINUO_REALTIME {
    double sum = mixed<double>(model_.channel_readout, 0, state_);
    for (std::size_t i = 0; i < shape_.hidden; ++i)
        sum += model_.hidden_readout[i] *
               knee(mixed<double>(model_.hidden_mixing, i, state_) + hidden_drive_[i]);
    return std::clamp(offset_ + depth_ * sum, -largest_log_gain, largest_log_gain);
}

} // namespace continuo::dsp
