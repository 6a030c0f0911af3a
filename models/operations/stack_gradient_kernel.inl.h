// The bodies behind stack_gradient_kernel.h. Each stack_gradient_kernel_<set>.cpp includes this file once,
// compiled for its instruction set, after it has declared its Architecture; everything here has internal
// linkage. Channels are the SIMD lanes; Width registers hold all of them.
#include "dsp/activation.h"
#include "dsp/fused_multiply_add.h"
#include "models/operations/stack_gradient_kernel.h"

#include <xsimd/xsimd.hpp>

#include <cstddef>

namespace continuo::operations {
namespace {

using Batch = xsimd::batch<float, Architecture>;
constexpr std::size_t lanes = Batch::size;

inline Batch load(const float* p) {
    return Batch::load_unaligned(p);
}
inline void store(float* p, Batch value) {
    value.store_unaligned(p);
}
inline Batch splat(const float* p) {
    return Batch(*p);
}

/// y = bias + Σ_from column[from] x[from]; two chains hide the latency of the additions.
template <std::size_t Width>
inline void product(const float* columns, const float* x, Batch (&y)[Width]) {
    constexpr std::size_t h = Width * lanes;
    Batch other[Width];
    for (std::size_t r = 0; r < Width; ++r)
        other[r] = load(columns + h + r * lanes) * splat(x + 1);
    for (std::size_t from = 0; from < h; from += 2)
        for (std::size_t r = 0; r < Width; ++r) {
            y[r] = dsp::multiply_add(load(columns + from * h + r * lanes), splat(x + from), y[r]);
            if (from > 0)
                other[r] = dsp::multiply_add(load(columns + (from + 1) * h + r * lanes), splat(x + from + 1),
                                             other[r]);
        }
    for (std::size_t r = 0; r < Width; ++r)
        y[r] = y[r] + other[r];
}

/// gradient[from] += Σ_t y_t x_t[from] over [begin, end); a few columns at a time stay in registers.
template <std::size_t Width>
inline void outer_product_sum(const float* y, const float* x, std::size_t begin, std::size_t end,
                              float* gradient) {
    constexpr std::size_t h = Width * lanes;
    constexpr std::size_t group = 8;
    for (std::size_t r = 0; r < Width; ++r)
        for (std::size_t first = 0; first < h; first += group) {
            Batch sum[group];
            for (std::size_t j = 0; j < group; ++j)
                sum[j] = Batch(0.0f);
            for (std::size_t t = begin; t < end; ++t) {
                const Batch value = load(y + t * h + r * lanes);
                for (std::size_t j = 0; j < group; ++j)
                    sum[j] = dsp::multiply_add(value, splat(x + t * h + first + j), sum[j]);
            }
            for (std::size_t j = 0; j < group; ++j) {
                float* target = gradient + (first + j) * h + r * lanes;
                store(target, load(target) + sum[j]);
            }
        }
}

/// Group modes at once over one chunk: s (+)= Σ Re(C' z), z in registers.
template <std::size_t Width, std::size_t Group, bool Add>
inline void modes_forward(const LayerCoefficients& c, std::size_t mode, std::size_t begin, std::size_t end,
                          const float* v, float* s, float* state) {
    constexpr std::size_t h = Width * lanes;
    for (std::size_t r = 0; r < Width; ++r) {
        Batch zr[Group], zi[Group], dr[Group], di[Group], cr[Group], ci[Group];
        for (std::size_t m = 0; m < Group; ++m) {
            const std::size_t at = (mode + m) * h + r * lanes;
            dr[m] = load(c.delta_real + at);
            di[m] = load(c.delta_imag + at);
            cr[m] = load(c.readout_real + at);
            ci[m] = load(c.readout_imag + at);
            zr[m] = load(state + 2 * (mode + m) * h + r * lanes);
            zi[m] = load(state + (2 * (mode + m) + 1) * h + r * lanes);
        }
        for (std::size_t t = begin; t < end; ++t) {
            const Batch input = load(v + t * h + r * lanes);
            Batch sum = Add ? load(s + t * h + r * lanes) : Batch(0.0f);
            for (std::size_t m = 0; m < Group; ++m) {
                const Batch real = xsimd::fnma(di[m], zi[m], dsp::multiply_add(dr[m], zr[m], input));
                const Batch imag = dsp::multiply_add(di[m], zr[m], dr[m] * zi[m]);
                zr[m] = zr[m] + real;
                zi[m] = zi[m] + imag;
                sum = xsimd::fnma(ci[m], zi[m], dsp::multiply_add(cr[m], zr[m], sum));
            }
            store(s + t * h + r * lanes, sum);
        }
        for (std::size_t m = 0; m < Group; ++m) {
            store(state + 2 * (mode + m) * h + r * lanes, zr[m]);
            store(state + (2 * (mode + m) + 1) * h + r * lanes, zi[m]);
        }
    }
}

template <std::size_t Width>
void layer_forward(const LayerCoefficients& c, std::size_t modes, std::size_t frames, float* state,
                   const LayerTrace& trace, float* output) {
    constexpr std::size_t h = Width * lanes;
    const std::size_t state_size = 2 * modes * h;
    for (std::size_t begin = 0, chunk = 0; begin < frames; begin += state_chunk, ++chunk) {
        const std::size_t end = begin + state_chunk < frames ? begin + state_chunk : frames;
        for (std::size_t i = 0; i < state_size; i += lanes)
            store(trace.states + chunk * state_size + i, load(state + i));

        for (std::size_t t = begin; t < end; ++t) {
            Batch u[Width];
            for (std::size_t r = 0; r < Width; ++r)
                u[r] = load(c.mixing_bias + r * lanes);
            product<Width>(c.mixing_columns, trace.input + t * h, u);
            for (std::size_t r = 0; r < Width; ++r)
                store(trace.activation + t * h + r * lanes, dsp::tanh_approximation(u[r]));
        }

        std::size_t mode = 0;
        if (modes >= 4) {
            modes_forward<Width, 4, false>(c, 0, begin, end, trace.activation, trace.modes_sum, state);
            mode = 4;
        } else {
            modes_forward<Width, 1, false>(c, 0, begin, end, trace.activation, trace.modes_sum, state);
            mode = 1;
        }
        for (; mode + 4 <= modes; mode += 4)
            modes_forward<Width, 4, true>(c, mode, begin, end, trace.activation, trace.modes_sum, state);
        for (; mode < modes; ++mode)
            modes_forward<Width, 1, true>(c, mode, begin, end, trace.activation, trace.modes_sum, state);

        for (std::size_t t = begin; t < end; ++t) {
            Batch gate[Width];
            for (std::size_t r = 0; r < Width; ++r)
                gate[r] = load(c.gate_bias + r * lanes);
            product<Width>(c.gate_columns, trace.modes_sum + t * h, gate);
            for (std::size_t r = 0; r < Width; ++r) {
                const std::size_t at = t * h + r * lanes;
                const Batch a = dsp::tanh_approximation(gate[r]);
                const Batch s = load(trace.modes_sum + at);
                store(trace.gate + at, a);
                store(output + at, dsp::multiply_add(load(c.skip + r * lanes), load(trace.input + at),
                                                     dsp::multiply_add(s, a, s)));
            }
        }
    }
}

/// Group modes at once over one chunk, backwards: recompute the states into scratch, then run the adjoint
/// p_t = conj(λ) p_{t+1} + conj(C') g_t and collect dL/dv, dL/dC' and dL/dλ.
template <std::size_t Width, std::size_t Group, bool Add>
inline void modes_backward(const LayerCoefficients& c, std::size_t mode, std::size_t begin, std::size_t end,
                           const LayerTrace& trace, const float* start, const LayerBackwardScratch& scratch,
                           const LayerCoefficientGradients& gradient) {
    constexpr std::size_t h = Width * lanes;
    constexpr std::size_t stride = 2 * Group * lanes;
    for (std::size_t r = 0; r < Width; ++r) {
        Batch dr[Group], di[Group];
        {
            Batch zr[Group], zi[Group], sum_cr[Group], sum_ci[Group];
            for (std::size_t m = 0; m < Group; ++m) {
                const std::size_t at = (mode + m) * h + r * lanes;
                dr[m] = load(c.delta_real + at);
                di[m] = load(c.delta_imag + at);
                zr[m] = load(start + 2 * (mode + m) * h + r * lanes);
                zi[m] = load(start + (2 * (mode + m) + 1) * h + r * lanes);
                sum_cr[m] = Batch(0.0f);
                sum_ci[m] = Batch(0.0f);
            }
            float* out = scratch.chunk_states;
            for (std::size_t t = begin; t < end; ++t, out += stride) {
                const Batch input = load(trace.activation + t * h + r * lanes);
                const Batch g = load(scratch.sum_gradient + t * h + r * lanes);
                for (std::size_t m = 0; m < Group; ++m) {
                    store(out + 2 * m * lanes, zr[m]);
                    store(out + (2 * m + 1) * lanes, zi[m]);
                    const Batch real = xsimd::fnma(di[m], zi[m], dsp::multiply_add(dr[m], zr[m], input));
                    const Batch imag = dsp::multiply_add(di[m], zr[m], dr[m] * zi[m]);
                    zr[m] = zr[m] + real;
                    zi[m] = zi[m] + imag;
                    sum_cr[m] = dsp::multiply_add(g, zr[m], sum_cr[m]);
                    sum_ci[m] = xsimd::fnma(g, zi[m], sum_ci[m]);
                }
            }
            for (std::size_t m = 0; m < Group; ++m) {
                const std::size_t at = (mode + m) * h + r * lanes;
                store(gradient.readout_real + at, load(gradient.readout_real + at) + sum_cr[m]);
                store(gradient.readout_imag + at, load(gradient.readout_imag + at) + sum_ci[m]);
            }
        }
        Batch pr[Group], pi[Group], cr[Group], ci[Group], sum_dr[Group], sum_di[Group];
        for (std::size_t m = 0; m < Group; ++m) {
            const std::size_t at = (mode + m) * h + r * lanes;
            cr[m] = load(c.readout_real + at);
            ci[m] = load(c.readout_imag + at);
            pr[m] = load(scratch.adjoint + 2 * (mode + m) * h + r * lanes);
            pi[m] = load(scratch.adjoint + (2 * (mode + m) + 1) * h + r * lanes);
            sum_dr[m] = Batch(0.0f);
            sum_di[m] = Batch(0.0f);
        }
        const float* in = scratch.chunk_states + (end - begin) * stride;
        for (std::size_t t = end; t-- > begin;) {
            in -= stride;
            const Batch g = load(scratch.sum_gradient + t * h + r * lanes);
            Batch value = Add ? load(scratch.value_gradient + t * h + r * lanes) : Batch(0.0f);
            for (std::size_t m = 0; m < Group; ++m) {
                // on entry p = conj(λ) p_{t+1}; zr, zi are the state before sample t
                pr[m] = dsp::multiply_add(cr[m], g, pr[m]);
                pi[m] = xsimd::fnma(ci[m], g, pi[m]);
                const Batch zr = load(in + 2 * m * lanes), zi = load(in + (2 * m + 1) * lanes);
                sum_dr[m] = dsp::multiply_add(pr[m], zr, dsp::multiply_add(pi[m], zi, sum_dr[m]));
                sum_di[m] = dsp::multiply_add(pi[m], zr, xsimd::fnma(pr[m], zi, sum_di[m]));
                value = value + pr[m];
                const Batch real = dsp::multiply_add(di[m], pi[m], dr[m] * pr[m]);
                const Batch imag = xsimd::fnma(di[m], pr[m], dr[m] * pi[m]);
                pr[m] = pr[m] + real;
                pi[m] = pi[m] + imag;
            }
            store(scratch.value_gradient + t * h + r * lanes, value);
        }
        for (std::size_t m = 0; m < Group; ++m) {
            const std::size_t at = (mode + m) * h + r * lanes;
            store(gradient.delta_real + at, load(gradient.delta_real + at) + sum_dr[m]);
            store(gradient.delta_imag + at, load(gradient.delta_imag + at) + sum_di[m]);
            store(scratch.adjoint + 2 * (mode + m) * h + r * lanes, pr[m]);
            store(scratch.adjoint + (2 * (mode + m) + 1) * h + r * lanes, pi[m]);
        }
    }
}

template <std::size_t Width>
void layer_backward(const LayerCoefficients& c, std::size_t modes, std::size_t first, std::size_t frames,
                    const LayerTrace& trace, const LayerBackwardScratch& scratch,
                    const LayerCoefficientGradients& gradient) {
    constexpr std::size_t h = Width * lanes;
    const std::size_t state_size = 2 * modes * h;
    for (std::size_t i = 0; i < state_size; i += lanes)
        store(scratch.adjoint + i, Batch(0.0f));
    const Batch one(1.0f);
    float gate_input_gradient[state_chunk * h];

    const std::size_t chunks = (frames + state_chunk - 1) / state_chunk;
    for (std::size_t chunk = chunks; chunk-- > first / state_chunk;) {
        const std::size_t begin = chunk * state_chunk;
        const std::size_t end = begin + state_chunk < frames ? begin + state_chunk : frames;

        // x' = r x + s (1 + a), a = tanh(G s + b_g)
        Batch sum_skip[Width], sum_gate_bias[Width];
        for (std::size_t r = 0; r < Width; ++r)
            sum_skip[r] = sum_gate_bias[r] = Batch(0.0f);
        for (std::size_t t = begin; t < end; ++t)
            for (std::size_t r = 0; r < Width; ++r) {
                const std::size_t at = t * h + r * lanes;
                const Batch dx = load(scratch.output_gradient + at);
                const Batch a = load(trace.gate + at), s = load(trace.modes_sum + at);
                const Batch da = dx * s * xsimd::fnma(a, a, one);
                store(gate_input_gradient + (t - begin) * h + r * lanes, da);
                store(scratch.sum_gradient + at, dsp::multiply_add(dx, a, dx));
                sum_gate_bias[r] = sum_gate_bias[r] + da;
                sum_skip[r] = dsp::multiply_add(dx, load(trace.input + at), sum_skip[r]);
                store(scratch.output_gradient + at, dx * load(c.skip + r * lanes));
            }
        for (std::size_t r = 0; r < Width; ++r) {
            store(gradient.skip + r * lanes, load(gradient.skip + r * lanes) + sum_skip[r]);
            store(gradient.gate_bias + r * lanes, load(gradient.gate_bias + r * lanes) + sum_gate_bias[r]);
        }
        for (std::size_t t = begin; t < end; ++t) {
            Batch ds[Width];
            for (std::size_t r = 0; r < Width; ++r)
                ds[r] = load(scratch.sum_gradient + t * h + r * lanes);
            product<Width>(c.gate_rows, gate_input_gradient + (t - begin) * h, ds);
            for (std::size_t r = 0; r < Width; ++r)
                store(scratch.sum_gradient + t * h + r * lanes, ds[r]);
        }
        outer_product_sum<Width>(gate_input_gradient, trace.modes_sum + begin * h, 0, end - begin,
                                 gradient.gate_columns);

        const float* start = trace.states + chunk * state_size;
        std::size_t mode = 0;
        if (modes >= 2) {
            modes_backward<Width, 2, false>(c, 0, begin, end, trace, start, scratch, gradient);
            mode = 2;
        } else {
            modes_backward<Width, 1, false>(c, 0, begin, end, trace, start, scratch, gradient);
            mode = 1;
        }
        for (; mode + 2 <= modes; mode += 2)
            modes_backward<Width, 2, true>(c, mode, begin, end, trace, start, scratch, gradient);
        for (; mode < modes; ++mode)
            modes_backward<Width, 1, true>(c, mode, begin, end, trace, start, scratch, gradient);

        // v = tanh(W x + b)
        Batch sum_bias[Width];
        for (std::size_t r = 0; r < Width; ++r)
            sum_bias[r] = Batch(0.0f);
        for (std::size_t t = begin; t < end; ++t)
            for (std::size_t r = 0; r < Width; ++r) {
                const std::size_t at = t * h + r * lanes;
                const Batch v = load(trace.activation + at);
                const Batch du = load(scratch.value_gradient + at) * xsimd::fnma(v, v, one);
                store(scratch.value_gradient + at, du);
                sum_bias[r] = sum_bias[r] + du;
            }
        for (std::size_t r = 0; r < Width; ++r)
            store(gradient.mixing_bias + r * lanes, load(gradient.mixing_bias + r * lanes) + sum_bias[r]);
        for (std::size_t t = begin; t < end; ++t) {
            Batch dx[Width];
            for (std::size_t r = 0; r < Width; ++r)
                dx[r] = load(scratch.output_gradient + t * h + r * lanes);
            product<Width>(c.mixing_rows, scratch.value_gradient + t * h, dx);
            for (std::size_t r = 0; r < Width; ++r)
                store(scratch.output_gradient + t * h + r * lanes, dx[r]);
        }
        outer_product_sum<Width>(scratch.value_gradient, trace.input, begin, end, gradient.mixing_columns);
    }
}

template <std::size_t Channels>
void forward_of(const LayerCoefficients& c, std::size_t modes, std::size_t frames, float* state,
                const LayerTrace& trace, float* output) {
    layer_forward<Channels / lanes>(c, modes, frames, state, trace, output);
}

template <std::size_t Channels>
void backward_of(const LayerCoefficients& c, std::size_t modes, std::size_t first, std::size_t frames,
                 const LayerTrace& trace, const LayerBackwardScratch& scratch,
                 const LayerCoefficientGradients& gradient) {
    layer_backward<Channels / lanes>(c, modes, first, frames, trace, scratch, gradient);
}

} // namespace
} // namespace continuo::operations

// Padded widths the trainer offers; stack_gradient.cpp refuses others.
#define CONTINUO_DEFINE_GRADIENT_KERNEL(function)                                                            \
    namespace continuo::operations {                                                                         \
    namespace {                                                                                              \
    void dispatch_forward(const LayerCoefficients& c, std::size_t channels, std::size_t modes,               \
                          std::size_t frames, float* state, const LayerTrace& trace, float* output) {        \
        if (channels == 8)                                                                                   \
            forward_of<8>(c, modes, frames, state, trace, output);                                           \
        else                                                                                                 \
            forward_of<16>(c, modes, frames, state, trace, output);                                          \
    }                                                                                                        \
    void dispatch_backward(const LayerCoefficients& c, std::size_t channels, std::size_t modes,              \
                           std::size_t first, std::size_t frames, const LayerTrace& trace,                   \
                           const LayerBackwardScratch& scratch, const LayerCoefficientGradients& gradient) { \
        if (channels == 8)                                                                                   \
            backward_of<8>(c, modes, first, frames, trace, scratch, gradient);                               \
        else                                                                                                 \
            backward_of<16>(c, modes, first, frames, trace, scratch, gradient);                              \
    }                                                                                                        \
    constexpr StackGradientKernel kernel{dispatch_forward, dispatch_backward};                               \
    }                                                                                                        \
    const StackGradientKernel& function() {                                                                  \
        return kernel;                                                                                       \
    }                                                                                                        \
    }
