#pragma once

#include "dsp/gain/gain_curves.h"
#include "dsp/gain/reference_levels.h"
#include "dsp/selective/selective_parameters.h"

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// The equations of dsp/selective/selective_parameters.h in plain loops, for a whole signal from rest and
/// knobs that stay: what the streaming form and the trainer are tested against. It shares no code with them.
///
/// [main-thread] Allocates. Speed is no aim.
///
/// \param input_scale  of the level bank
/// \param sample_rate  Hz, to play at
/// \param input        full scale ±1, finite
/// \param knobs        one value in [0, 1] per knob
/// \return as many samples as `input` has
template <typename Number>
std::vector<Number> reference_selective(const SelectiveShape& shape, const SelectiveTensors<Number>& model,
                                        double input_scale, double sample_rate, std::span<const double> input,
                                        std::span<const double> knobs) {
    using std::exp, std::cos, std::sin;
    using Vector = std::vector<Number>;
    const std::size_t period = control_period(sample_rate), channels = shape.channels, states = shape.states;
    const double seconds = double(period) / sample_rate;
    ReferenceLevels<Number> detectors(model, period, sample_rate, input_scale, knobs);
    const std::vector<Number>& levels = detectors.levels();

    Vector u(channels), speed(channels), write(states), read(states), y(channels), s(channels * states);
    const auto select = [&] {
        for (std::size_t h = 0; h < channels; ++h) {
            u[h] = knee<Number>(reference_row_times(model.input_mixing, h, levels) + model.input_bias[h] +
                                reference_row_times(model.input_knobs, h, knobs));
            speed[h] =
                knee<Number>(reference_row_times(model.speed_mixing, h, levels) + model.speed_bias[h]) *
                exp(reference_row_times(model.speed_knobs, h, knobs));
        }
        for (std::size_t n = 0; n < states; ++n) {
            write[n] = gate<Number>(reference_row_times(model.write_mixing, n, levels) + model.write_bias[n]);
            read[n] = gate<Number>(reference_row_times(model.read_mixing, n, levels) + model.read_bias[n]);
        }
    };
    const auto log_gain = [&] {
        Number sum = 0.0, depth = 1.0, offset = model.gain_bias[0];
        for (std::size_t h = 0; h < channels; ++h) {
            y[h] = model.skip[h] * u[h];
            for (std::size_t n = 0; n < states; ++n)
                y[h] = y[h] + read[n] * s[h * states + n];
            sum = sum + model.channel_readout[h] * y[h];
        }
        for (std::size_t i = 0; i < shape.hidden; ++i)
            sum =
                sum + model.hidden_readout[i] *
                          knee<Number>(reference_row_times(model.hidden_mixing, i, y) + model.hidden_bias[i] +
                                       reference_row_times(model.hidden_knobs, i, knobs));
        for (std::size_t i = 0; i < knobs.size(); ++i) {
            depth = depth + model.depth_knobs[i] * knobs[i];
            offset = offset + model.gain_knobs[i] * knobs[i];
        }
        const Number value = offset + depth * sum;
        return value > largest_log_gain    ? Number(largest_log_gain)
               : value < -largest_log_gain ? Number(-largest_log_gain)
                                           : value;
    };
    select();
    for (std::size_t h = 0; h < channels; ++h) // rest
        for (std::size_t n = 0; n < states; ++n)
            s[h * states + n] = write[n] * u[h];
    Number from = log_gain(), to = from;

    Vector output, real(shape.modes, 0.0), imag(shape.modes, 0.0);
    for (std::size_t t = 0; t < input.size(); ++t) {
        const double x = input[t];
        Number coloured = model.direct[0] * x;
        for (std::size_t n = 0; n < shape.modes; ++n) {
            const Number size = exp(-1.0 * model.pole_decay[n] / sample_rate),
                         angle = model.pole_frequency[n] / sample_rate;
            const Number lambda_real = size * cos(angle), lambda_imag = size * sin(angle);
            const Number a = real[n] - x, b = imag[n]; // z ← x + λ (z − x)
            real[n] = lambda_real * a - lambda_imag * b + x;
            imag[n] = lambda_real * b + lambda_imag * a;
            coloured = coloured + model.readout_real[n] * real[n] - model.readout_imag[n] * imag[n];
        }
        const double position = double(t % period + 1) / double(period);
        const Number played = exp(from + position * (to - from)) * coloured;
        output.push_back(played +
                         bend<Number>(model.bend_scale[0] * played, model.bend_even[0], model.bend_odd[0]) /
                             model.bend_scale[0]);

        detectors.hear(x);
        if ((t + 1) % period != 0)
            continue;
        detectors.end_period();
        select();
        for (std::size_t h = 0; h < channels; ++h)
            for (std::size_t n = 0; n < states; ++n) {
                const Number written = write[n] * u[h];
                Number& state = s[h * states + n];
                state = written +
                        exp(-1.0 * speed[h] * seconds / model.state_time[h * states + n]) * (state - written);
            }
        from = to;
        to = log_gain();
    }
    return output;
}

} // namespace continuo::dsp
