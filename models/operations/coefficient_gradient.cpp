#include "models/operations/coefficient_gradient.h"

#include <cmath>
#include <stdexcept>

namespace continuo::operations {

LayerCoefficientGradients layer_sums(float* block, const CoefficientSumLayout& layout, std::size_t layer) {
    float* at = block + layout.layer(int(layer));
    return {at + layout.mixing(),       at + layout.mixing_bias(),  at + layout.mode_values(0),
            at + layout.mode_values(1), at + layout.mode_values(2), at + layout.mode_values(3),
            at + layout.skip(),         at + layout.gate(),         at + layout.gate_bias()};
}

namespace {

/// What one layer's sums come to. \param sums  of the layer
void add_layer(const dsp::StackParameters& parameters, std::size_t index, std::span<const float> knobs,
               const ParameterLayout& layout, const CoefficientSumLayout& at_sum, const double* sums,
               std::span<double> gradient) {
    const dsp::LayerParameters& layer = parameters.layers[index];
    const ParameterLayout::Layer& at = layout.layer(index);
    const std::size_t padded = std::size_t(at_sum.of.channels), h = parameters.shape.channels,
                      n = parameters.shape.modes, k = parameters.shape.knobs;
    const double *mixing_sums = sums + at_sum.mixing(), *gate_sums = sums + at_sum.gate(),
                 *mixing_bias = sums + at_sum.mixing_bias(), *gate_bias = sums + at_sum.gate_bias(),
                 *skip = sums + at_sum.skip(), *delta_real = sums + at_sum.mode_values(0),
                 *delta_imag = sums + at_sum.mode_values(1), *readout_real = sums + at_sum.mode_values(2),
                 *readout_imag = sums + at_sum.mode_values(3);
    for (std::size_t to = 0; to < h; ++to) {
        double scale = 1.0;
        for (std::size_t knob = 0; knob < k; ++knob)
            scale += double(layer.knob_scale[to * k + knob]) * knobs[knob];
        double through_scale = 0.0;
        for (std::size_t from = 0; from < h; ++from) {
            const double mixing = mixing_sums[from * padded + to];
            gradient[at.mixing + to * h + from] += scale * mixing;
            through_scale += mixing * layer.mixing[to * h + from];
            gradient[at.gate + to * h + from] += gate_sums[from * padded + to];
        }
        gradient[at.mixing_bias + to] += mixing_bias[to];
        gradient[at.gate_bias + to] += gate_bias[to];
        gradient[at.skip + to] += skip[to];
        for (std::size_t knob = 0; knob < k; ++knob) {
            gradient[at.knob_scale + to * k + knob] += through_scale * knobs[knob];
            gradient[at.knob_bias + to * k + knob] += mixing_bias[to] * knobs[knob];
            gradient[at.knob_gate + to * k + knob] += gate_bias[to] * knobs[knob];
        }
    }
    const double period = 1.0 / parameters.sample_rate;
    for (std::size_t mode = 0; mode < n; ++mode)
        for (std::size_t c = 0; c < h; ++c) {
            const std::size_t from = mode * padded + c, i = mode * h + c;
            // λ = exp(−e^p + i e^q); C' = C (1 − |λ|), |λ| = exp(−e^p)
            const double rate = layer.pole_decay[i] * period, angle = layer.pole_frequency[i] * period;
            const double magnitude = std::exp(-rate), gain = -std::expm1(-rate);
            const double real = magnitude * std::cos(angle), imag = magnitude * std::sin(angle);
            const double dr = delta_real[from], di = delta_imag[from];
            const double cr = readout_real[from], ci = readout_imag[from];
            gradient[at.readout_real + i] += cr * gain;
            gradient[at.readout_imag + i] += ci * gain;
            gradient[at.pole_decay + i] +=
                -rate * (dr * real + di * imag) +
                rate * magnitude * (cr * layer.readout_real[i] + ci * layer.readout_imag[i]);
            gradient[at.pole_frequency + i] += angle * (di * real - dr * imag);
        }
}

} // namespace

void add_coefficient_gradient(const dsp::StackParameters& parameters, std::span<const float> knobs,
                              const ParameterLayout& layout, const CoefficientSumLayout& sum_layout,
                              std::span<const double> sums, std::span<double> gradient) {
    if (sums.size() != std::size_t(sum_layout.size()) || gradient.size() != layout.size() ||
        knobs.size() != parameters.shape.knobs)
        throw std::invalid_argument("sums, knobs or gradient are those of another stack");
    for (std::size_t c = 0; c < parameters.shape.channels; ++c) {
        gradient[layout.encoder() + c] += sums[std::size_t(sum_layout.encoder()) + c];
        gradient[layout.decoder() + c] += sums[std::size_t(sum_layout.decoder()) + c];
    }
    gradient[layout.decoder_bias()] += sums[std::size_t(sum_layout.decoder_bias())];
    for (std::size_t l = 0; l < parameters.shape.layers; ++l)
        add_layer(parameters, l, knobs, layout, sum_layout, sums.data() + sum_layout.layer(int(l)), gradient);
}

} // namespace continuo::operations
