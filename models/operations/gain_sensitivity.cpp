#include "models/operations/gain_sensitivity.h"

#include "dsp/gain/gain_curves.h"

#include <algorithm>
#include <cmath>

namespace continuo::operations {

GainSensitivity::GainSensitivity(const dsp::GainShape& shape, const dsp::GainTensors<double>& model,
                                 double seconds, std::span<const float> knobs,
                                 std::span<const double> displacement)
    : shape_(shape), model_(model), at_(gain_positions(shape)), knobs_(knobs.begin(), knobs.end()),
      bank_(model, knobs_, seconds), readout_(model, knobs_),
      rise_rate_(rates(model.rise_time, model.rise_knobs, knobs_, seconds)),
      fall_rate_(rates(model.fall_time, model.fall_knobs, knobs_, seconds)),
      lag_rate_(rates(model.lag_time, model.lag_knobs, knobs_, seconds)), state_(shape.channels),
      lag_slopes_(shape.channels, 0.0),
      row_((LevelSensitivity::own_values + 2) * shape.levels + shape.knobs + 7),
      gradient_(dsp::parameter_count(shape) + shape.channels, 0.0) {
    for (std::size_t j = 0; j < shape.channels; ++j) {
        squared_width_.push_back(model.curve_width[j] * model.curve_width[j]);
        curve_drive_.push_back(model.curve_bias[j] + row_times(model.curve_knobs, j, knobs_));
    }
    for (const double rate : lag_rate_)
        lag_decay_.push_back(std::exp(-rate));

    state_slopes_.assign(shape.channels * row_, 0.0);
    const std::vector<double>& levels = bank_.levels();
    for (std::size_t j = 0; j < shape.channels; ++j) { // at rest s = v
        const double drive = row_times(model_.curve_mixing, j, levels) + curve_drive_[j];
        const double slope = dsp::knee_slope(drive, squared_width_[j]);
        state_[j] = dsp::knee(drive, squared_width_[j]) + displacement[j];
        state_slopes_[(j + 1) * row_ - 1] = 1.0;
        double* curve = state_slopes_.data() + j * row_ + LevelSensitivity::own_values * shape_.levels;
        for (const double level : levels)
            *curve++ = slope * level;
        *curve++ = slope;
        *curve++ = dsp::knee_width_slope(drive, squared_width_[j]);
        for (const double knob : knobs_)
            *curve++ = slope * knob;
    }
    lagged_ = state_;
    lagged_slopes_ = state_slopes_;
    read_gain();
}

void GainSensitivity::step(const dsp::PeriodLevel& input) {
    bank_.step(input);
    const std::size_t levels = shape_.levels, knobs = shape_.knobs;
    const std::vector<double>& level = bank_.levels();
    for (std::size_t j = 0; j < shape_.channels; ++j) {
        const double curve_input = row_times(model_.curve_mixing, j, level) + curve_drive_[j];
        const double aim = dsp::knee(curve_input, squared_width_[j]), difference = aim - state_[j];
        const double speed_input = row_times(model_.speed_mixing, j, level) +
                                   model_.speed_difference[j] * difference + model_.speed_bias[j];
        const double speed = dsp::knee(speed_input);
        const bool rises = difference > 0.0;
        const double rate = rises ? rise_rate_[j] : fall_rate_[j], decay = std::exp(-speed * rate);
        state_[j] = aim - decay * difference;

        // ∂s = keep ∂s' + (1 − keep) ∂v + faster ∂(the speed's input, but for its difference)
        const double faster = decay * difference * rate * dsp::knee_slope(speed_input);
        const double keep = decay - faster * model_.speed_difference[j];
        const double curve = (1.0 - keep) * dsp::knee_slope(curve_input, squared_width_[j]);
        double* slope = state_slopes_.data() + j * row_;
        for (std::size_t p = 0; p < row_; ++p)
            slope[p] *= keep;
        const double* curve_weights = model_.curve_mixing.data() + j * levels;
        const double* speed_weights = model_.speed_mixing.data() + j * levels;
        for (const auto* by_own : bank_.by_own())
            for (std::size_t i = 0; i < levels; ++i)
                *slope++ += (curve * curve_weights[i] + faster * speed_weights[i]) * (*by_own)[i];
        for (std::size_t i = 0; i < levels; ++i)
            *slope++ += curve * level[i];
        *slope++ += curve;
        *slope++ += (1.0 - keep) * dsp::knee_width_slope(curve_input, squared_width_[j]);
        for (std::size_t i = 0; i < knobs; ++i)
            *slope++ += curve * knobs_[i];
        for (std::size_t i = 0; i < levels; ++i)
            *slope++ += faster * level[i];
        *slope++ += faster * difference;
        *slope++ += faster;
        slope[rises ? 0 : 1] -= decay * difference * speed * rate;

        const double lag = lag_decay_[j], behind = lag * (lagged_[j] - state_[j]);
        lagged_[j] = state_[j] + behind;
        lag_slopes_[j] = lag * lag_slopes_[j] + behind * lag_rate_[j];
        slope = state_slopes_.data() + j * row_;
        double* lagged_slope = lagged_slopes_.data() + j * row_;
        for (std::size_t p = 0; p < row_; ++p)
            lagged_slope[p] = slope[p] + lag * (lagged_slope[p] - slope[p]);
    }
    read_gain();
}

void GainSensitivity::read_gain() {
    const std::size_t levels = shape_.levels, knobs = shape_.knobs, channels = shape_.channels;
    std::vector<double>& to = gradient_;
    readout_.read(model_, at_, lagged_, to);
    for (const auto* values : LevelSensitivity::own_positions(at_))
        for (const std::size_t at : *values)
            to[at] = 0.0;
    for (std::size_t j = 0; j < channels; ++j) {
        const double weight = readout_.by_channel()[j];
        const double* slope = lagged_slopes_.data() + j * row_;
        for (const auto* values : LevelSensitivity::own_positions(at_))
            for (const std::size_t at : *values)
                to[at] += weight * *slope++;
        for (std::size_t i = 0; i < levels; ++i)
            to[at_.curve_mixing[j * levels + i]] = weight * *slope++;
        to[at_.curve_bias[j]] = weight * *slope++;
        to[at_.curve_width[j]] = weight * *slope++;
        for (std::size_t k = 0; k < knobs; ++k)
            to[at_.curve_knobs[j * knobs + k]] = weight * *slope++;
        for (std::size_t i = 0; i < levels; ++i)
            to[at_.speed_mixing[j * levels + i]] = weight * *slope++;
        to[at_.speed_difference[j]] = weight * *slope++;
        to[at_.speed_bias[j]] = weight * *slope++;
        to[at_.rise_time[j]] = weight * *slope++;
        to[at_.fall_time[j]] = weight * *slope++;
        to[at_.lag_time[j]] = weight * lag_slopes_[j];
        for (std::size_t k = 0; k < knobs; ++k) {
            to[at_.lag_knobs[j * knobs + k]] = to[at_.lag_time[j]] * knobs_[k];
            to[at_.rise_knobs[j * knobs + k]] = to[at_.rise_time[j]] * knobs_[k];
            to[at_.fall_knobs[j * knobs + k]] = to[at_.fall_time[j]] * knobs_[k];
        }
        to[to.size() - channels + j] = weight * *slope;
    }
    for (std::size_t i = 0; i < levels; ++i)
        for (std::size_t k = 0; k < knobs; ++k) {
            to[at_.level_rise_knobs[i * knobs + k]] = to[at_.level_rise_time[i]] * knobs_[k];
            to[at_.level_fall_knobs[i * knobs + k]] = to[at_.level_fall_time[i]] * knobs_[k];
        }
    if (readout_.clamped())
        std::fill(to.begin(), to.end(), 0.0);
}

} // namespace continuo::operations
