#include "models/operations/selective_sensitivity.h"

#include "dsp/gain/gain_curves.h"
#include "models/operations/gain_layout.h"

#include <algorithm>
#include <cmath>

namespace continuo::operations {

namespace {

// to += weight · (vector | 1 | knobs): by a row of a matrix, its bias and its row of the knobs.
double* add_row(double* to, double weight, const std::vector<double>& vector,
                const std::vector<double>& knobs) {
    for (const double value : vector)
        *to++ += weight * value;
    *to++ += weight;
    for (const double knob : knobs)
        *to++ += weight * knob;
    return to;
}

} // namespace

SelectiveSensitivity::SelectiveSensitivity(const dsp::SelectiveShape& shape,
                                           const dsp::SelectiveTensors<double>& model, double seconds,
                                           std::span<const float> knobs, std::span<const double> displacement)
    : shape_(shape), model_(model), at_(gain_positions(shape)), knobs_(knobs.begin(), knobs.end()),
      bank_(model, knobs_, seconds), readout_(model, knobs_), rate_(rates(model.state_time, {}, {}, seconds)),
      input_(shape.channels), input_slope_(shape.channels), speed_(shape.channels),
      speed_slope_(shape.channels), write_(shape.states), write_slope_(shape.states), read_(shape.states),
      read_slope_(shape.states), state_(shape.channels * shape.states), mixed_(shape.channels),
      shared_((LevelSensitivity::own_values + 2) * shape.levels + 2 + 2 * shape.knobs),
      row_(shared_ + shape.levels + 3), sums_(shared_), by_level_(shape.levels),
      gradient_(dsp::parameter_count(shape) + state_.size(), 0.0) {
    for (std::size_t h = 0; h < shape.channels; ++h) {
        input_drive_.push_back(model.input_bias[h] + row_times(model.input_knobs, h, knobs_));
        speed_factor_.push_back(std::exp(row_times(model.speed_knobs, h, knobs_)));
    }

    state_slopes_.assign(state_.size() * row_, 0.0);
    select();
    for (std::size_t h = 0; h < shape.channels; ++h) // at rest s = B u
        for (std::size_t n = 0; n < shape.states; ++n) {
            const std::size_t at = h * shape.states + n;
            state_[at] = write_[n] * input_[h] + displacement[at];
            double* slope = state_slopes_.data() + at * row_;
            add_row(slope + LevelSensitivity::own_values * shape.levels, write_[n] * input_slope_[h],
                    bank_.levels(), knobs_);
            add_row(slope + shared_, input_[h] * write_slope_[n], bank_.levels(), {});
            slope[row_ - 1] = 1.0;
        }
    read_gain();
}

void SelectiveSensitivity::select() {
    const std::vector<double>& levels = bank_.levels();
    for (std::size_t h = 0; h < shape_.channels; ++h) {
        const double input = row_times(model_.input_mixing, h, levels) + input_drive_[h],
                     speed = row_times(model_.speed_mixing, h, levels) + model_.speed_bias[h];
        input_[h] = dsp::knee(input);
        input_slope_[h] = dsp::knee_slope(input);
        speed_[h] = speed_factor_[h] * dsp::knee(speed);
        speed_slope_[h] = speed_factor_[h] * dsp::knee_slope(speed);
    }
    for (std::size_t n = 0; n < shape_.states; ++n) {
        const double write = row_times(model_.write_mixing, n, levels) + model_.write_bias[n],
                     read = row_times(model_.read_mixing, n, levels) + model_.read_bias[n];
        write_[n] = dsp::gate(write);
        write_slope_[n] = dsp::gate_slope(write);
        read_[n] = dsp::gate(read);
        read_slope_[n] = dsp::gate_slope(read);
    }
}

void SelectiveSensitivity::step(const dsp::PeriodLevel& input) {
    bank_.step(input);
    select();
    const std::size_t levels = shape_.levels;
    for (std::size_t h = 0; h < shape_.channels; ++h) {
        const double* input_weights = model_.input_mixing.data() + h * levels;
        const double* speed_weights = model_.speed_mixing.data() + h * levels;
        for (std::size_t n = 0; n < shape_.states; ++n) {
            const std::size_t at = h * shape_.states + n;
            const double* write_weights = model_.write_mixing.data() + n * levels;
            const double written = write_[n] * input_[h], difference = written - state_[at];
            const double decay = std::exp(-speed_[h] * rate_[at]);
            state_[at] = written - decay * difference;

            // ∂s = decay ∂s' + (1 − decay) ∂(B u) + decay · difference · T / τ · (∂Δ − Δ ∂ln τ)
            const double faster = decay * difference * rate_[at];
            const double by_input = (1.0 - decay) * write_[n] * input_slope_[h],
                         by_write = (1.0 - decay) * input_[h] * write_slope_[n],
                         by_speed = faster * speed_slope_[h];
            double* slope = state_slopes_.data() + at * row_;
            for (std::size_t p = 0; p < row_; ++p)
                slope[p] *= decay;
            for (const auto* by_own : bank_.by_own())
                for (std::size_t i = 0; i < levels; ++i)
                    *slope++ += (by_input * input_weights[i] + by_write * write_weights[i] +
                                 by_speed * speed_weights[i]) *
                                (*by_own)[i];
            slope = add_row(slope, by_input, bank_.levels(), knobs_);
            slope = add_row(slope, by_speed, bank_.levels(), {});
            for (const double knob : knobs_)
                *slope++ += faster * speed_[h] * knob;
            slope = add_row(slope, by_write, bank_.levels(), {});
            *slope -= faster * speed_[h];
        }
    }
    read_gain();
}

void SelectiveSensitivity::read_gain() {
    const std::size_t levels = shape_.levels, channels = shape_.channels, states = shape_.states,
                      knobs = shape_.knobs;
    std::vector<double>& to = gradient_;
    std::fill(to.begin(), to.end(), 0.0);
    std::fill(by_level_.begin(), by_level_.end(), 0.0);
    for (std::size_t h = 0; h < channels; ++h) {
        mixed_[h] = model_.skip[h] * input_[h];
        for (std::size_t n = 0; n < states; ++n)
            mixed_[h] += read_[n] * state_[h * states + n];
    }
    readout_.read(model_, at_, mixed_, to);
    for (std::size_t h = 0; h < channels; ++h)
        add_to_gradient(h, readout_.by_channel()[h]);
    const auto by_own = bank_.by_own();
    const auto own = LevelSensitivity::own_positions(at_);
    for (std::size_t i = 0; i < levels; ++i) {
        for (std::size_t value = 0; value < own.size(); ++value)
            to[(*own[value])[i]] += by_level_[i] * (*by_own[value])[i];
        for (std::size_t k = 0; k < knobs; ++k) {
            to[at_.level_rise_knobs[i * knobs + k]] = to[at_.level_rise_time[i]] * knobs_[k];
            to[at_.level_fall_knobs[i * knobs + k]] = to[at_.level_fall_time[i]] * knobs_[k];
        }
    }
    if (readout_.clamped())
        std::fill(to.begin(), to.end(), 0.0);
}

// What channel h of y adds, where ∂ ln g / ∂y_h = weight. What it owes the levels without a state between
// goes to by_level_.
void SelectiveSensitivity::add_to_gradient(std::size_t h, double weight) {
    const std::size_t levels = shape_.levels, states = shape_.states, knobs = shape_.knobs;
    const std::vector<double>& level = bank_.levels();
    std::vector<double>& to = gradient_;
    // y = Σ C s + d u: first by C and by what only one state depends on
    std::fill(sums_.begin(), sums_.end(), 0.0);
    for (std::size_t n = 0; n < states; ++n) {
        const std::size_t at = h * states + n;
        const double by_read = weight * state_[at] * read_slope_[n], by_state = weight * read_[n];
        const double* slope = state_slopes_.data() + at * row_;
        for (std::size_t p = 0; p < shared_; ++p)
            sums_[p] += by_state * *slope++;
        for (std::size_t i = 0; i < levels; ++i) {
            to[at_.read_mixing[n * levels + i]] += by_read * level[i];
            by_level_[i] += by_read * model_.read_mixing[n * levels + i];
            to[at_.write_mixing[n * levels + i]] += by_state * *slope++;
        }
        to[at_.read_bias[n]] += by_read;
        to[at_.write_bias[n]] += by_state * *slope++;
        to[at_.state_time[at]] = by_state * *slope++;
        to[to.size() - state_.size() + at] = by_state * *slope;
    }
    // then by u, whose slopes lie as those of the states do
    to[at_.skip[h]] = weight * input_[h];
    const double by_input = weight * model_.skip[h] * input_slope_[h];
    for (std::size_t i = 0; i < levels; ++i)
        by_level_[i] += by_input * model_.input_mixing[h * levels + i];
    add_row(sums_.data() + LevelSensitivity::own_values * levels, by_input, level, knobs_);

    const double* sum = sums_.data();
    for (const auto* values : LevelSensitivity::own_positions(at_))
        for (const std::size_t at : *values)
            to[at] += *sum++;
    for (std::size_t i = 0; i < levels; ++i)
        to[at_.input_mixing[h * levels + i]] = *sum++;
    to[at_.input_bias[h]] = *sum++;
    for (std::size_t k = 0; k < knobs; ++k)
        to[at_.input_knobs[h * knobs + k]] = *sum++;
    for (std::size_t i = 0; i < levels; ++i)
        to[at_.speed_mixing[h * levels + i]] = *sum++;
    to[at_.speed_bias[h]] = *sum++;
    for (std::size_t k = 0; k < knobs; ++k)
        to[at_.speed_knobs[h * knobs + k]] = *sum++;
}

} // namespace continuo::operations
