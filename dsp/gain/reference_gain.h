#pragma once

#include "dsp/gain/gain_curves.h"
#include "dsp/gain/gain_parameters.h"
#include "dsp/gain/reference_levels.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// The equations of dsp/gain/gain_parameters.h in plain loops, for a whole signal from rest and knobs that
/// stay: what the streaming form and the trainer are tested against.
///
/// [main-thread] Allocates. Speed is no aim.
///
/// \param input_scale  of the level bank
/// \param sample_rate  Hz, to play at
/// \param input        full scale ±1, finite
/// \param knobs        one value in [0, 1] per knob
/// \return as many samples as `input` has
template <typename Number>
std::vector<Number> reference_gain(const GainShape& shape, const GainTensors<Number>& model,
                                   double input_scale, double sample_rate, std::span<const double> input,
                                   std::span<const double> knobs) {
    using std::exp, std::cos, std::sin;
    const std::size_t period = control_period(sample_rate), channels = shape.channels;
    const double seconds = double(period) / sample_rate;
    ReferenceLevels<Number> detectors(model, period, sample_rate, input_scale, knobs);
    const std::vector<Number>& levels = detectors.levels();

    std::vector<Number> v(channels), s(channels), w(channels);
    const auto aim = [&] {
        for (std::size_t j = 0; j < channels; ++j)
            v[j] = knee<Number>(reference_row_times(model.curve_mixing, j, levels) + model.curve_bias[j] +
                                    reference_row_times(model.curve_knobs, j, knobs),
                                model.curve_width[j] * model.curve_width[j]);
    };
    const auto log_gain = [&] {
        Number sum = 0.0, depth = 1.0, offset = model.gain_bias[0];
        for (std::size_t i = 0; i < shape.hidden; ++i)
            sum = sum + model.hidden_readout[i] *
                            knee(reference_row_times(model.hidden_mixing, i, w) + model.hidden_bias[i] +
                                 reference_row_times(model.hidden_knobs, i, knobs));
        for (std::size_t j = 0; j < channels; ++j)
            sum = sum + model.channel_readout[j] * w[j];
        for (std::size_t i = 0; i < knobs.size(); ++i) {
            depth = depth + model.depth_knobs[i] * knobs[i];
            offset = offset + model.gain_knobs[i] * knobs[i];
        }
        const Number value = offset + depth * sum;
        return value > largest_log_gain    ? Number(largest_log_gain)
               : value < -largest_log_gain ? Number(-largest_log_gain)
                                           : value;
    };
    aim();
    s = w = v; // rest
    Number from = log_gain(), to = from;

    std::vector<Number> output, real(shape.modes, 0.0), imag(shape.modes, 0.0);
    for (std::size_t t = 0; t < input.size(); ++t) {
        const double x = input[t];
        Number coloured = model.direct[0] * x;
        for (std::size_t n = 0; n < shape.modes; ++n) {
            const Number size = exp(-1.0 * model.pole_decay[n] / sample_rate),
                         angle = model.pole_frequency[n] / sample_rate;
            const Number lambda_real = size * cos(angle), lambda_imag = size * sin(angle);
            // z ← x + λ (z − x)
            const Number a = real[n] - x, b = imag[n];
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
        aim();
        for (std::size_t j = 0; j < channels; ++j) {
            const Number speed =
                knee<Number>(reference_row_times(model.speed_mixing, j, levels) +
                             model.speed_difference[j] * (v[j] - s[j]) + model.speed_bias[j]);
            const Number time =
                s[j] < v[j] ? model.rise_time[j] * exp(reference_row_times(model.rise_knobs, j, knobs))
                            : model.fall_time[j] * exp(reference_row_times(model.fall_knobs, j, knobs));
            s[j] = v[j] + exp(-1.0 * speed * seconds / time) * (s[j] - v[j]);
            const Number lag = model.lag_time[j] * exp(reference_row_times(model.lag_knobs, j, knobs));
            w[j] = s[j] + exp(-1.0 * seconds / lag) * (w[j] - s[j]);
        }
        from = to;
        to = log_gain();
    }
    return output;
}

} // namespace continuo::dsp
