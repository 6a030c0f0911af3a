#include "models/operations/equilibrium.h"

#include <algorithm>
#include <cmath>

namespace continuo::operations {

Equilibrium::Equilibrium(std::size_t layers, std::size_t channels, std::size_t modes)
    : channels_(channels), modes_(modes), layers_(layers), output_(channels), output_gradient_(channels),
      input_gradient_(channels), inside_(channels), sum_gradient_(channels) {
    for (Layer& layer : layers_) {
        for (std::vector<double>* values :
             {&layer.input, &layer.activation, &layer.slope, &layer.sum, &layer.gate})
            values->resize(channels);
        layer.real.resize(modes * channels);
        layer.imag.resize(modes * channels);
    }
}

void Equilibrium::begin() {
    next_ = 0;
    std::fill(output_.begin(), output_.end(), 0.0);
}

void Equilibrium::solve(const LayerCoefficients& layer, std::span<float> state, float* argument) {
    Layer& rest = layers_[next_++];
    rest.input = output_;
    std::fill(rest.sum.begin(), rest.sum.end(), 0.0);
    for (std::size_t c = 0; c < channels_; ++c) {
        double inside = layer.mixing_bias[c];
        for (std::size_t from = 0; from < channels_; ++from)
            inside += layer.mixing_columns[from * channels_ + c] * rest.input[from];
        if (layer.anti_aliased) {
            const double root = std::sqrt(1.0 + inside * inside);
            rest.activation[c] = inside / root;
            rest.slope[c] = 1.0 / (root * root * root);
        } else {
            rest.activation[c] = std::tanh(inside);
            rest.slope[c] = 1.0 - rest.activation[c] * rest.activation[c];
        }
        if (argument != nullptr)
            argument[c] = float(inside);
    }
    for (std::size_t mode = 0; mode < modes_; ++mode)
        for (std::size_t c = 0; c < channels_; ++c) {
            const std::size_t i = mode * channels_ + c;
            const double real = layer.delta_real[i], imag = layer.delta_imag[i];
            const double square = real * real + imag * imag;
            rest.real[i] = square > 0.0 ? -real / square : 0.0;
            rest.imag[i] = square > 0.0 ? imag / square : 0.0;
            const double z_real = rest.activation[c] * rest.real[i];
            const double z_imag = rest.activation[c] * rest.imag[i];
            state[2 * mode * channels_ + c] = float(z_real);
            state[(2 * mode + 1) * channels_ + c] = float(z_imag);
            rest.sum[c] += layer.readout_real[i] * z_real - layer.readout_imag[i] * z_imag;
        }
    for (std::size_t c = 0; c < channels_; ++c) {
        double inside = layer.gate_bias[c];
        for (std::size_t from = 0; from < channels_; ++from)
            inside += layer.gate_columns[from * channels_ + c] * rest.sum[from];
        rest.gate[c] = std::tanh(inside);
        output_[c] = layer.skip[c] * rest.input[c] + rest.sum[c] * (1.0 + rest.gate[c]);
    }
}

void Equilibrium::begin_backward() {
    std::fill(output_gradient_.begin(), output_gradient_.end(), 0.0);
}

void Equilibrium::backward(std::size_t index, const LayerCoefficients& layer, const float* adjoint,
                           const float* before, const LayerCoefficientGradients& gradient) {
    const Layer& rest = layers_[index];
    const std::size_t h = channels_;
    // x' = r ∘ x + s ∘ (1 + a), a = tanh(G s + b_g)
    for (std::size_t c = 0; c < h; ++c) {
        const double g = output_gradient_[c], a = rest.gate[c];
        inside_[c] = g * rest.sum[c] * (1.0 - a * a);
        sum_gradient_[c] = g * (1.0 + a);
        input_gradient_[c] = g * layer.skip[c];
        gradient.skip[c] += float(g * rest.input[c]);
        gradient.gate_bias[c] += float(inside_[c]);
    }
    for (std::size_t from = 0; from < h; ++from)
        for (std::size_t to = 0; to < h; ++to) {
            sum_gradient_[from] += inside_[to] * layer.gate_columns[from * h + to];
            gradient.gate_columns[from * h + to] += float(inside_[to] * rest.sum[from]);
        }
    // s = Re Σ C' z, z = v w
    std::fill(inside_.begin(), inside_.end(), 0.0); // dL/dv
    for (std::size_t mode = 0; mode < modes_; ++mode)
        for (std::size_t c = 0; c < h; ++c) {
            const std::size_t i = mode * h + c;
            const double g = sum_gradient_[c], v = rest.activation[c], w = rest.real[i], x = rest.imag[i];
            const double real = adjoint[2 * mode * h + c] + g * layer.readout_real[i];
            const double imag = adjoint[(2 * mode + 1) * h + c] - g * layer.readout_imag[i];
            gradient.readout_real[i] += float(g * v * w);
            gradient.readout_imag[i] -= float(g * v * x);
            inside_[c] += real * w + imag * x;
            // conj(w²) times the derivative by w
            const double square_real = w * w - x * x, square_imag = 2.0 * w * x;
            gradient.delta_real[i] += float(v * (real * square_real + imag * square_imag));
            gradient.delta_imag[i] += float(v * (imag * square_real - real * square_imag));
        }
    // v = σ(W x + b)
    for (std::size_t c = 0; c < h; ++c) {
        inside_[c] = inside_[c] * rest.slope[c] + (before != nullptr ? double(before[c]) : 0.0);
        gradient.mixing_bias[c] += float(inside_[c]);
    }
    for (std::size_t from = 0; from < h; ++from)
        for (std::size_t to = 0; to < h; ++to) {
            input_gradient_[from] += inside_[to] * layer.mixing_columns[from * h + to];
            gradient.mixing_columns[from * h + to] += float(inside_[to] * rest.input[from]);
        }
    output_gradient_.swap(input_gradient_);
}

} // namespace continuo::operations
