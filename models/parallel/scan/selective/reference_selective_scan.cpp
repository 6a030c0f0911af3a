#include "models/parallel/scan/selective/reference_selective_scan.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace continuo::parallel {

void reference_selective_forward(const SelectiveShape& shape, const SelectiveForward& arguments, double* y) {
    const SelectiveInput& in = arguments.in;
    const std::size_t frames = shape.frames, modes = shape.modes;
    std::fill_n(y, shape.samples(), 0.0);
    for (std::size_t row = 0; row < shape.rows(); ++row)
        for (std::size_t n = 0; n < modes; ++n) {
            const double decay = double(in.decay[row % shape.channels * modes + n]);
            double x = in.initial != nullptr ? in.initial[row * modes + n] : 0.0;
            for (std::size_t t = 0; t < frames; ++t) {
                const std::size_t at = row * frames + t;
                const std::size_t selection = (row / shape.channels * frames + t) * modes + n;
                const double driven = double(in.input[selection]) * double(in.u[at]);
                x += std::expm1(double(in.delta[at]) * decay) * (x - driven);
                y[at] += double(in.readout[selection]) * x;
            }
            if (arguments.final != nullptr)
                arguments.final[row * modes + n] = x;
        }
}

void reference_selective_backward(const SelectiveShape& shape, const SelectiveBackward& out) {
    const SelectiveInput& in = out.in;
    const std::size_t frames = shape.frames, modes = shape.modes;
    std::vector<double> by_u(shape.samples()), by_delta(shape.samples()), by_input(shape.selections()),
        by_readout(shape.selections()), before(frames + 1);
    std::fill_n(out.decay, shape.channels * modes, 0.0);
    for (std::size_t row = 0; row < shape.rows(); ++row)
        for (std::size_t n = 0; n < modes; ++n) {
            const std::size_t place = row % shape.channels * modes + n, state = row * modes + n;
            const double decay = double(in.decay[place]);
            const auto signal = [&](std::size_t t) { return row * frames + t; };
            const auto selection = [&](std::size_t t) {
                return (row / shape.channels * frames + t) * modes + n;
            };
            const auto away = [&](std::size_t t) { // x_{t−1} − B_t u_t
                return before[t] - double(in.input[selection(t)]) * double(in.u[signal(t)]);
            };
            before[0] = in.initial != nullptr ? in.initial[state] : 0.0;
            for (std::size_t t = 0; t < frames; ++t)
                before[t + 1] = before[t] + std::expm1(double(in.delta[signal(t)]) * decay) * away(t);
            double p = out.final_gradient != nullptr ? out.final_gradient[state] : 0.0;
            for (std::size_t t = frames; t-- > 0;) {
                const double dy = double(out.output_gradient[signal(t)]), delta = double(in.delta[signal(t)]),
                             step = std::expm1(delta * decay);
                p += double(in.readout[selection(t)]) * dy;
                by_readout[selection(t)] += dy * before[t + 1];
                by_u[signal(t)] -= step * double(in.input[selection(t)]) * p;
                by_input[selection(t)] -= step * double(in.u[signal(t)]) * p;
                const double by_exponent = (1.0 + step) * away(t) * p;
                by_delta[signal(t)] += decay * by_exponent;
                out.decay[place] += delta * by_exponent;
                p *= 1.0 + step;
            }
            if (out.initial != nullptr)
                out.initial[state] = p;
        }
    const auto round = [](const std::vector<double>& from, float* to) {
        std::transform(from.begin(), from.end(), to, [](double value) { return float(value); });
    };
    round(by_u, out.u);
    round(by_delta, out.delta);
    round(by_input, out.input);
    round(by_readout, out.readout);
}

} // namespace continuo::parallel
