#pragma once

#include "dsp/stack_parameters.h"
#include "models/operations/parameter_layout.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

// The gated S4D stack and its gradient in plain loops: the oracle of StackGradient. Every sum is written out
// in the order of docs/model.md, nothing is padded, and every intermediate value is kept.

namespace continuo::operations {

/// One layer at one setting of the knobs, computed from the learned values.
template <class Scalar>
struct ReferenceLayer {
    std::vector<Scalar> scale;                      ///< 1 + F k         [channel]
    std::vector<Scalar> bias;                       ///< b + W_k k       [channel]
    std::vector<Scalar> gate_bias;                  ///< b_g + G_k k     [channel]
    std::vector<Scalar> lambda_real, lambda_imag;   ///< exp(−e^p + i e^q)  [mode][channel]
    std::vector<Scalar> readout_real, readout_imag; ///< C' = C (1 − |λ|)   [mode][channel]
};

/// What a forward run leaves behind for one layer. [time][channel] unless said.
template <class Scalar>
struct ReferenceTrace {
    std::vector<Scalar> x;              ///< before the layer
    std::vector<Scalar> u;              ///< (1 + F k) ∘ (W x) + b + W_k k [time, from one before][channel]
    std::vector<Scalar> v;              ///< σ(u)
    std::vector<Scalar> z_real, z_imag; ///< state before the sample [time, one more][mode][channel]
    std::vector<Scalar> s;              ///< Re Σ C' z
    std::vector<Scalar> a;              ///< tanh(G s + b_g + G_k k)
    std::vector<Scalar> rest;           ///< x at rest [channel]
};

/// \tparam Scalar  double, or a number with the same operations and exp, sin, cos, sqrt, tanh found beside it
template <class Scalar>
class ReferenceStackGradient {
  public:
    /// [main-thread] Allocates, as do all of its functions.
    /// \param knobs  one value in [0, 1] per knob
    ReferenceStackGradient(const dsp::StackShape& shape, std::span<const float> knobs,
                           dsp::Activation activation = dsp::Activation::tanh)
        : layout_(shape), knobs_(knobs.begin(), knobs.end()), activation_(activation) {}

    /// Runs `input` from the closed-form equilibrium at input 0 and returns the output.
    ///
    /// \param held  what the equilibrium and the samples before `first` > 0 run with: the learned values as
    ///     constants, so that nothing derives through the warm-up
    /// \param learned  what the samples from `first` on run with [ParameterLayout]
    std::vector<Scalar> forward(std::span<const Scalar> held, std::span<const Scalar> learned,
                                std::span<const float> input, std::size_t first);

    /// dL/d(learned) of the forward run just made, samples before `first` and the equilibrium held constant
    /// where `first` > 0 [ParameterLayout].
    ///
    /// \param output_gradient  dL/d(output), as long as the run
    std::vector<Scalar> backward(std::span<const Scalar> learned, std::span<const float> input,
                                 std::size_t first, std::span<const float> output_gradient) const;

  private:
    ReferenceLayer<Scalar> prepare(std::span<const Scalar> learned, std::size_t index) const;
    std::vector<Scalar> argument(std::span<const Scalar> learned, std::size_t index,
                                 const ReferenceLayer<Scalar>& layer, const Scalar* x) const;
    Scalar activation(const Scalar& u, const Scalar& before) const;
    Scalar slope(const Scalar& u, const Scalar& other) const;
    std::vector<Scalar> gate(std::span<const Scalar> learned, std::size_t index,
                             const ReferenceLayer<Scalar>& layer, const Scalar* s) const;
    std::vector<Scalar> settle(std::span<const Scalar> held, std::size_t index,
                               const ReferenceLayer<Scalar>& layer, const std::vector<Scalar>& rest,
                               ReferenceTrace<Scalar>& trace) const;
    std::vector<Scalar> run_layer(std::span<const Scalar> learned, std::size_t index,
                                  const ReferenceLayer<Scalar>& layer, std::size_t begin, std::size_t end,
                                  ReferenceTrace<Scalar>& trace) const;
    std::vector<Scalar> layer_backward(std::span<const Scalar> learned, std::size_t index, std::size_t first,
                                       std::vector<Scalar> output_gradient,
                                       std::vector<Scalar>& rest_gradient,
                                       std::vector<Scalar>& gradient) const;

    ParameterLayout layout_;
    std::vector<double> knobs_;
    dsp::Activation activation_;
    std::vector<ReferenceTrace<Scalar>> traces_;
    std::vector<Scalar> last_; ///< x after the last layer [time][channel]
};

template <class Scalar>
ReferenceLayer<Scalar> ReferenceStackGradient<Scalar>::prepare(std::span<const Scalar> learned,
                                                               std::size_t index) const {
    using std::cos, std::exp, std::sin;
    const ParameterLayout::Layer& at = layout_.layer(index);
    const std::size_t h = layout_.shape().channels, modes = layout_.shape().modes * h, knobs = knobs_.size();
    ReferenceLayer<Scalar> layer;
    for (std::size_t c = 0; c < h; ++c) {
        Scalar scale = 1.0, bias = learned[at.mixing_bias + c], gate_bias = learned[at.gate_bias + c];
        for (std::size_t k = 0; k < knobs; ++k) {
            scale += learned[at.knob_scale + c * knobs + k] * knobs_[k];
            bias += learned[at.knob_bias + c * knobs + k] * knobs_[k];
            gate_bias += learned[at.knob_gate + c * knobs + k] * knobs_[k];
        }
        layer.scale.push_back(scale);
        layer.bias.push_back(bias);
        layer.gate_bias.push_back(gate_bias);
    }
    for (std::size_t i = 0; i < modes; ++i) {
        const Scalar magnitude = exp(-exp(learned[at.pole_decay + i]));
        const Scalar angle = exp(learned[at.pole_frequency + i]);
        layer.lambda_real.push_back(magnitude * cos(angle));
        layer.lambda_imag.push_back(magnitude * sin(angle));
        layer.readout_real.push_back(learned[at.readout_real + i] * (1.0 - magnitude));
        layer.readout_imag.push_back(learned[at.readout_imag + i] * (1.0 - magnitude));
    }
    return layer;
}

/// u = (1 + F k) ∘ (W x) + b + W_k k
template <class Scalar>
std::vector<Scalar>
ReferenceStackGradient<Scalar>::argument(std::span<const Scalar> learned, std::size_t index,
                                         const ReferenceLayer<Scalar>& layer, const Scalar* x) const {
    const std::size_t h = layout_.shape().channels;
    std::vector<Scalar> u;
    for (std::size_t to = 0; to < h; ++to) {
        Scalar mixed = 0.0;
        for (std::size_t from = 0; from < h; ++from)
            mixed += learned[layout_.layer(index).mixing + to * h + from] * x[from];
        u.push_back(layer.scale[to] * mixed + layer.bias[to]);
    }
    return u;
}

/// v = σ(u). \param before  u of the sample before
template <class Scalar>
Scalar ReferenceStackGradient<Scalar>::activation(const Scalar& u, const Scalar& before) const {
    using std::sqrt, std::tanh;
    if (activation_ == dsp::Activation::tanh)
        return tanh(u);
    return (u + before) / (sqrt(1.0 + u * u) + sqrt(1.0 + before * before));
}

/// The derivative of the anti-aliased ISRU by `u`, one of the two samples that it reads.
template <class Scalar>
Scalar ReferenceStackGradient<Scalar>::slope(const Scalar& u, const Scalar& other) const {
    using std::sqrt;
    const Scalar root = sqrt(1.0 + u * u), sum = root + sqrt(1.0 + other * other);
    return (1.0 - (u + other) / sum * u / root) / sum;
}

/// a = tanh(G s + b_g + G_k k)
template <class Scalar>
std::vector<Scalar> ReferenceStackGradient<Scalar>::gate(std::span<const Scalar> learned, std::size_t index,
                                                         const ReferenceLayer<Scalar>& layer,
                                                         const Scalar* s) const {
    using std::tanh;
    const std::size_t h = layout_.shape().channels;
    std::vector<Scalar> a;
    for (std::size_t to = 0; to < h; ++to) {
        Scalar sum = layer.gate_bias[to];
        for (std::size_t from = 0; from < h; ++from)
            sum += learned[layout_.layer(index).gate + to * h + from] * s[from];
        a.push_back(tanh(sum));
    }
    return a;
}

/// Sets the state before the first sample to where input `rest` leaves it, z = v / (1 − λ), and returns what
/// the layer then puts out.
template <class Scalar>
std::vector<Scalar> ReferenceStackGradient<Scalar>::settle(std::span<const Scalar> held, std::size_t index,
                                                           const ReferenceLayer<Scalar>& layer,
                                                           const std::vector<Scalar>& rest,
                                                           ReferenceTrace<Scalar>& trace) const {
    const std::size_t h = layout_.shape().channels, modes = layer.lambda_real.size();
    const std::vector<Scalar> u = argument(held, index, layer, rest.data());
    std::vector<Scalar> s(h, 0.0), v;
    for (std::size_t c = 0; c < h; ++c) {
        trace.u[c] = u[c];
        v.push_back(activation(u[c], u[c]));
    }
    for (std::size_t i = 0; i < modes; ++i) {
        const Scalar real = 1.0 - layer.lambda_real[i], imag = -layer.lambda_imag[i];
        const Scalar scale = v[i % h] / (real * real + imag * imag);
        trace.z_real[i] = real * scale;
        trace.z_imag[i] = -imag * scale;
        s[i % h] += layer.readout_real[i] * trace.z_real[i] - layer.readout_imag[i] * trace.z_imag[i];
    }
    const std::vector<Scalar> a = gate(held, index, layer, s.data());
    std::vector<Scalar> next;
    for (std::size_t c = 0; c < h; ++c)
        next.push_back(held[layout_.layer(index).skip + c] * rest[c] + s[c] * (1.0 + a[c]));
    return next;
}

/// Samples [begin, end) through one layer; returns x' = r ∘ x + s ∘ (1 + a) for them.
template <class Scalar>
std::vector<Scalar>
ReferenceStackGradient<Scalar>::run_layer(std::span<const Scalar> learned, std::size_t index,
                                          const ReferenceLayer<Scalar>& layer, std::size_t begin,
                                          std::size_t end, ReferenceTrace<Scalar>& trace) const {
    const std::size_t h = layout_.shape().channels, modes = layer.lambda_real.size();
    std::vector<Scalar> output;
    for (std::size_t t = begin; t < end; ++t) {
        const std::vector<Scalar> u = argument(learned, index, layer, &trace.x[t * h]);
        std::vector<Scalar> s(h, 0.0), v;
        for (std::size_t c = 0; c < h; ++c) {
            v.push_back(activation(u[c], trace.u[t * h + c]));
            trace.u[(t + 1) * h + c] = u[c];
        }
        for (std::size_t i = 0; i < modes; ++i) {
            const std::size_t before = t * modes + i, after = before + modes;
            const Scalar real = trace.z_real[before], imag = trace.z_imag[before];
            trace.z_real[after] = layer.lambda_real[i] * real - layer.lambda_imag[i] * imag + v[i % h];
            trace.z_imag[after] = layer.lambda_real[i] * imag + layer.lambda_imag[i] * real;
            s[i % h] +=
                layer.readout_real[i] * trace.z_real[after] - layer.readout_imag[i] * trace.z_imag[after];
        }
        const std::vector<Scalar> a = gate(learned, index, layer, s.data());
        for (std::size_t c = 0; c < h; ++c) {
            trace.v[t * h + c] = v[c];
            trace.s[t * h + c] = s[c];
            trace.a[t * h + c] = a[c];
            output.push_back(learned[layout_.layer(index).skip + c] * trace.x[t * h + c] +
                             s[c] * (1.0 + a[c]));
        }
    }
    return output;
}

template <class Scalar>
std::vector<Scalar> ReferenceStackGradient<Scalar>::forward(std::span<const Scalar> held,
                                                            std::span<const Scalar> learned,
                                                            std::span<const float> input, std::size_t first) {
    const std::size_t h = layout_.shape().channels, frames = input.size(), warm_up = std::min(first, frames);
    std::vector<Scalar> x;
    for (std::size_t t = 0; t < frames; ++t)
        for (std::size_t c = 0; c < h; ++c)
            x.push_back((t < warm_up ? held : learned)[layout_.encoder() + c] * double(input[t]));

    traces_.clear();
    std::vector<Scalar> rest(h, 0.0);
    for (std::size_t l = 0; l < layout_.shape().layers; ++l) {
        const std::size_t modes = layout_.shape().modes * h;
        ReferenceTrace<Scalar> trace;
        trace.x = x;
        for (std::vector<Scalar>* signal : {&trace.v, &trace.s, &trace.a})
            signal->resize(frames * h);
        trace.u.resize((frames + 1) * h);
        for (std::vector<Scalar>* states : {&trace.z_real, &trace.z_imag})
            states->resize((frames + 1) * modes);
        const ReferenceLayer<Scalar> held_layer = prepare(held, l);
        trace.rest = rest;
        rest = settle(warm_up > 0 ? held : learned, l, warm_up > 0 ? held_layer : prepare(learned, l), rest,
                      trace);
        x = run_layer(held, l, held_layer, 0, warm_up, trace);
        const std::vector<Scalar> scored = run_layer(learned, l, prepare(learned, l), warm_up, frames, trace);
        x.insert(x.end(), scored.begin(), scored.end());
        traces_.push_back(std::move(trace));
    }
    last_ = x;

    std::vector<Scalar> output;
    for (std::size_t t = 0; t < frames; ++t) {
        const std::span<const Scalar> values = t < warm_up ? held : learned;
        Scalar sum = values[layout_.decoder_bias()];
        for (std::size_t c = 0; c < h; ++c)
            sum += values[layout_.decoder() + c] * x[t * h + c];
        output.push_back(sum);
    }
    return output;
}

/// dL/dx' [time][channel] of one layer to dL/dx; adds to `gradient`. `rest_gradient` is the same for the
/// equilibrium, where the run's derivative goes through it.
template <class Scalar>
std::vector<Scalar> ReferenceStackGradient<Scalar>::layer_backward(std::span<const Scalar> learned,
                                                                   std::size_t index, std::size_t first,
                                                                   std::vector<Scalar> output_gradient,
                                                                   std::vector<Scalar>& rest_gradient,
                                                                   std::vector<Scalar>& gradient) const {
    using std::exp;
    const ParameterLayout::Layer& at = layout_.layer(index);
    const std::size_t h = layout_.shape().channels, knobs = knobs_.size();
    const ReferenceTrace<Scalar>& trace = traces_[index];
    const ReferenceLayer<Scalar> layer = prepare(learned, index);
    const std::size_t modes = layer.lambda_real.size(), frames = output_gradient.size() / h;

    std::vector<Scalar> input_gradient(frames * h, 0.0);
    std::vector<Scalar> p_real(modes, 0.0), p_imag(modes, 0.0); // dL/dz, real and imaginary part
    std::vector<Scalar> lambda_real(modes, 0.0), lambda_imag(modes, 0.0), readout_real(modes, 0.0),
        readout_imag(modes, 0.0); // the same of λ and C'
    std::vector<Scalar> bias(h, 0.0), gate_bias(h, 0.0), scale(h, 0.0);
    // x' = r ∘ x + s ∘ (1 + a),  a = tanh(G s + b_g + G_k k), at one sample: dL/dx' to dL/dx and dL/ds
    const auto through_gate = [&](const Scalar* output, const Scalar* x, const Scalar* s, const Scalar* a,
                                  Scalar* dx, Scalar* ds) {
        for (std::size_t to = 0; to < h; ++to) {
            const Scalar g = output[to];
            gradient[at.skip + to] += g * x[to];
            dx[to] += g * learned[at.skip + to];
            ds[to] += g * (1.0 + a[to]);
            const Scalar inside = g * s[to] * (1.0 - a[to] * a[to]);
            gate_bias[to] += inside;
            for (std::size_t from = 0; from < h; ++from) {
                gradient[at.gate + to * h + from] += inside * s[from];
                ds[from] += inside * learned[at.gate + to * h + from];
            }
        }
    };
    std::vector<Scalar> argument_gradient(h, 0.0); // dL/du through the sample after, which reads u again
    // v = σ(scale ∘ (W x) + bias), at one sample: dL/dv to dL/dx
    const auto through_drive = [&](const Scalar* dv, const Scalar* v, const Scalar* u, const Scalar* earlier,
                                   const Scalar* x, Scalar* dx) {
        for (std::size_t to = 0; to < h; ++to) {
            Scalar inside = argument_gradient[to];
            if (activation_ == dsp::Activation::tanh) {
                inside += dv[to] * (1.0 - v[to] * v[to]);
            } else {
                inside += dv[to] * slope(u[to], earlier[to]);
                argument_gradient[to] = dv[to] * slope(earlier[to], u[to]);
            }
            bias[to] += inside;
            for (std::size_t from = 0; from < h; ++from) {
                const Scalar weight = learned[at.mixing + to * h + from];
                gradient[at.mixing + to * h + from] += inside * layer.scale[to] * x[from];
                scale[to] += inside * weight * x[from];
                dx[from] += inside * layer.scale[to] * weight;
            }
        }
    };
    for (std::size_t t = frames; t-- > first;) {
        const Scalar *x = &trace.x[t * h], *v = &trace.v[t * h], *s = &trace.s[t * h], *a = &trace.a[t * h];
        Scalar* dx = &input_gradient[t * h];

        std::vector<Scalar> ds(h, 0.0);
        through_gate(&output_gradient[t * h], x, s, a, dx, ds.data());

        // z ← λ z + v,  s = Re Σ C' z;  p_t = conj(λ) p_{t+1} + conj(C') ds
        std::vector<Scalar> dv(h, 0.0);
        for (std::size_t i = 0; i < modes; ++i) {
            const std::size_t before = t * modes + i, after = before + modes;
            const Scalar g = ds[i % h];
            readout_real[i] += g * trace.z_real[after];
            readout_imag[i] -= g * trace.z_imag[after];
            const Scalar real = p_real[i] + g * layer.readout_real[i];
            const Scalar imag = p_imag[i] - g * layer.readout_imag[i];
            lambda_real[i] += real * trace.z_real[before] + imag * trace.z_imag[before];
            lambda_imag[i] += imag * trace.z_real[before] - real * trace.z_imag[before];
            dv[i % h] += real;
            p_real[i] = layer.lambda_real[i] * real + layer.lambda_imag[i] * imag;
            p_imag[i] = layer.lambda_real[i] * imag - layer.lambda_imag[i] * real;
        }

        through_drive(dv.data(), v, &trace.u[(t + 1) * h], &trace.u[t * h], x, dx);
    }

    if (first == 0) {
        std::vector<Scalar> s(h, 0.0), ds(h, 0.0), dv(h, 0.0), dx(h, 0.0), v;
        for (std::size_t c = 0; c < h; ++c)
            v.push_back(activation(trace.u[c], trace.u[c]));
        for (std::size_t i = 0; i < modes; ++i)
            s[i % h] += layer.readout_real[i] * trace.z_real[i] - layer.readout_imag[i] * trace.z_imag[i];
        const std::vector<Scalar> a = gate(learned, index, layer, s.data());
        through_gate(rest_gradient.data(), trace.rest.data(), s.data(), a.data(), dx.data(), ds.data());
        // z = λ z + v: the adjoint q of z at rest solves q = conj(λ) q + dL/dz, and λ and v take its share
        for (std::size_t i = 0; i < modes; ++i) {
            const Scalar g = ds[i % h];
            readout_real[i] += g * trace.z_real[i];
            readout_imag[i] -= g * trace.z_imag[i];
            const Scalar real = p_real[i] + g * layer.readout_real[i];
            const Scalar imag = p_imag[i] - g * layer.readout_imag[i];
            const Scalar below_real = 1.0 - layer.lambda_real[i], below_imag = layer.lambda_imag[i];
            const Scalar square = below_real * below_real + below_imag * below_imag;
            const Scalar q_real = (real * below_real + imag * below_imag) / square;
            const Scalar q_imag = (imag * below_real - real * below_imag) / square;
            lambda_real[i] += q_real * trace.z_real[i] + q_imag * trace.z_imag[i];
            lambda_imag[i] += q_imag * trace.z_real[i] - q_real * trace.z_imag[i];
            dv[i % h] += q_real;
        }
        // At rest both samples that σ reads are the same one: what reaches the earlier one belongs to it,
        // too.
        std::vector<Scalar> u(trace.u.begin(), trace.u.begin() + std::ptrdiff_t(h));
        if (activation_ == dsp::Activation::isru)
            for (std::size_t c = 0; c < h; ++c)
                argument_gradient[c] += dv[c] * slope(u[c], u[c]);
        through_drive(dv.data(), v.data(), u.data(), u.data(), trace.rest.data(), dx.data());
        rest_gradient = dx;
    }

    for (std::size_t c = 0; c < h; ++c) {
        gradient[at.mixing_bias + c] += bias[c];
        gradient[at.gate_bias + c] += gate_bias[c];
        for (std::size_t k = 0; k < knobs; ++k) {
            gradient[at.knob_scale + c * knobs + k] += scale[c] * knobs_[k];
            gradient[at.knob_bias + c * knobs + k] += bias[c] * knobs_[k];
            gradient[at.knob_gate + c * knobs + k] += gate_bias[c] * knobs_[k];
        }
    }
    // λ = exp(−e^p + i e^q), C' = C (1 − exp(−e^p))
    for (std::size_t i = 0; i < modes; ++i) {
        const Scalar rate = exp(learned[at.pole_decay + i]), angle = exp(learned[at.pole_frequency + i]);
        const Scalar magnitude = exp(-rate), real = layer.lambda_real[i], imag = layer.lambda_imag[i];
        gradient[at.readout_real + i] += readout_real[i] * (1.0 - magnitude);
        gradient[at.readout_imag + i] += readout_imag[i] * (1.0 - magnitude);
        gradient[at.pole_decay + i] += rate * magnitude *
                                           (readout_real[i] * learned[at.readout_real + i] +
                                            readout_imag[i] * learned[at.readout_imag + i]) -
                                       rate * (lambda_real[i] * real + lambda_imag[i] * imag);
        gradient[at.pole_frequency + i] += angle * (lambda_imag[i] * real - lambda_real[i] * imag);
    }
    return input_gradient;
}

template <class Scalar>
std::vector<Scalar> ReferenceStackGradient<Scalar>::backward(std::span<const Scalar> learned,
                                                             std::span<const float> input, std::size_t first,
                                                             std::span<const float> output_gradient) const {
    const std::size_t h = layout_.shape().channels, frames = input.size();
    std::vector<Scalar> gradient(layout_.size(), 0.0), dx(frames * h, 0.0), rest_gradient(h, 0.0);
    for (std::size_t t = first; t < frames; ++t) {
        const double g = output_gradient[t];
        gradient[layout_.decoder_bias()] += g;
        for (std::size_t c = 0; c < h; ++c) {
            gradient[layout_.decoder() + c] += last_[t * h + c] * g;
            dx[t * h + c] = learned[layout_.decoder() + c] * g;
        }
    }
    for (std::size_t l = layout_.shape().layers; l-- > 0;)
        dx = layer_backward(learned, l, first, std::move(dx), rest_gradient, gradient);
    for (std::size_t t = first; t < frames; ++t)
        for (std::size_t c = 0; c < h; ++c)
            gradient[layout_.encoder() + c] += dx[t * h + c] * double(input[t]);
    return gradient;
}

} // namespace continuo::operations
