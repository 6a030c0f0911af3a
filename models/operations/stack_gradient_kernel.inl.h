// The bodies behind stack_gradient_kernel.h. Each stack_gradient_kernel_<set>.cpp includes this file once,
// compiled for its instruction set, after it has declared its Architecture; everything here has internal
// linkage. Channels are the SIMD lanes; Width registers hold all of them.
#include "dsp/activation.h"
#include "dsp/fused_multiply_add.h"
#include "dsp/kernels/unroll.h"
#include "models/operations/stack_gradient_kernel.h"

#include <xsimd/xsimd.hpp>

#include <cstddef>

namespace continuo::operations {
namespace {

using dsp::kernels::unroll;
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

/// start(t) + Σ_from column[from] x_t[from] over [begin, end), handed to finish(t, ·). Two chains hide the
/// latency of the additions; columns that fit into the registers stay there.
///
/// \param start  fills a sample's registers; finish takes them
template <std::size_t Width, class Start, class Finish>
inline void products(const float* columns, const float* x, std::size_t begin, std::size_t end,
                     const Start& start, const Finish& finish) {
    constexpr std::size_t h = Width * lanes;
    constexpr bool fits = Width * h <= 8;
    Batch held[fits ? Width * h : 1];
    if constexpr (fits)
        unroll<Width * h>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            held[i] = load(columns + i * lanes);
        });
    const auto column = [&](auto index) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t i = decltype(index)::value;
        if constexpr (fits)
            return held[i];
        else
            return load(columns + i * lanes);
    };
    for (std::size_t t = begin; t < end; ++t) {
        const float* sample = x + t * h;
        Batch y[Width], other[Width];
        start(t, y);
        unroll<Width * h>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t from = decltype(index)::value / Width, r = decltype(index)::value % Width;
            const Batch value = splat(sample + from);
            if constexpr (from == 1)
                other[r] = column(index) * value;
            else if constexpr (from % 2 == 1)
                other[r] = dsp::multiply_add(column(index), value, other[r]);
            else
                y[r] = dsp::multiply_add(column(index), value, y[r]);
        });
        for (std::size_t r = 0; r < Width; ++r)
            y[r] = y[r] + other[r];
        finish(t, y);
    }
}

/// sum_t += Σ_from column[from] x_t[from]
template <std::size_t Width>
inline void add_products(const float* columns, const float* x, std::size_t frames, float* sum) {
    constexpr std::size_t h = Width * lanes;
    products<Width>(
        columns, x, 0, frames,
        [&](std::size_t t, Batch(&y)[Width]) {
            for (std::size_t r = 0; r < Width; ++r)
                y[r] = load(sum + t * h + r * lanes);
        },
        [&](std::size_t t, const Batch(&y)[Width]) {
            for (std::size_t r = 0; r < Width; ++r)
                store(sum + t * h + r * lanes, y[r]);
        });
}

/// gradient[from] += Σ_t y_t x_t[from]; a few columns at a time stay in registers.
template <std::size_t Width>
inline void outer_product_sum(const float* y, const float* x, std::size_t frames, float* gradient) {
    constexpr std::size_t h = Width * lanes;
    constexpr std::size_t group = 8;
    for (std::size_t r = 0; r < Width; ++r)
        for (std::size_t first = 0; first < h; first += group) {
            Batch sum[group];
            for (std::size_t j = 0; j < group; ++j)
                sum[j] = Batch(0.0f);
            for (std::size_t t = 0; t < frames; ++t) {
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

/// z ← z + (δ z + v): the increment is summed first, so that a slow mode's large z is rounded once.
inline void step_mode(Batch delta_real, Batch delta_imag, Batch v, Batch& real, Batch& imag) {
    const Batch more_real = xsimd::fnma(delta_imag, imag, dsp::multiply_add(delta_real, real, v));
    const Batch more_imag = dsp::multiply_add(delta_imag, real, delta_real * imag);
    real = real + more_real;
    imag = imag + more_imag;
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
                step_mode(dr[m], di[m], input, zr[m], zi[m]);
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

/// v = σ(u), the anti-aliased ISRU. \param argument  u from the sample before the first one on
template <std::size_t Width>
inline void isru_forward(const float* argument, std::size_t frames, float* activation) {
    constexpr std::size_t h = Width * lanes;
    for (std::size_t r = 0; r < Width; ++r) {
        dsp::AntiAliasedIsru<Batch> isru(load(argument + r * lanes));
        for (std::size_t t = 0; t < frames; ++t)
            store(activation + t * h + r * lanes, isru(load(argument + (t + 1) * h + r * lanes)));
    }
}

/// dL/dv to dL/du, in place, over samples that end where the walk back has come to. With a = √(1 + u_t²) and
/// b = √(1 + u_{t−1}²): dv_t/du_t = (1 + a b − u_t u_{t−1}) / (a (a + b)²), and with b in place of the first
/// a for dv_t/du_{t−1}; the form without a difference of nearly equal quotients.
///
/// \param before  dL/du of the sample before the first one through what follows it; on entry that of the last
///                one, through what follows that
template <std::size_t Width>
inline void isru_backward(const float* argument, std::size_t frames, float* value_gradient, float* before) {
    constexpr std::size_t h = Width * lanes;
    const Batch one(1.0f);
    const auto root = [&](Batch u) { return xsimd::sqrt(dsp::multiply_add(u, u, one)); };
    for (std::size_t r = 0; r < Width; ++r) {
        Batch later = load(before + r * lanes), u = load(argument + frames * h + r * lanes), a = root(u);
        for (std::size_t t = frames; t-- > 0;) {
            const Batch p = load(argument + t * h + r * lanes), b = root(p), sum = a + b;
            float* const gradient = value_gradient + t * h + r * lanes;
            const Batch slope =
                load(gradient) * xsimd::fnma(u, p, dsp::multiply_add(a, b, one)) / (sum * sum);
            store(gradient, slope / a + later);
            later = slope / b;
            u = p;
            a = b;
        }
        store(before + r * lanes, later);
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

        products<Width>(
            c.mixing_columns, trace.input, begin, end,
            [&](std::size_t, Batch(&u)[Width]) {
                for (std::size_t r = 0; r < Width; ++r)
                    u[r] = load(c.mixing_bias + r * lanes);
            },
            [&](std::size_t t, const Batch(&u)[Width]) {
                for (std::size_t r = 0; r < Width; ++r)
                    if (c.anti_aliased)
                        store(trace.argument + (t + 1) * h + r * lanes, u[r]);
                    else
                        store(trace.activation + t * h + r * lanes, dsp::tanh_approximation(u[r]));
            });
        if (c.anti_aliased)
            isru_forward<Width>(trace.argument + begin * h, end - begin, trace.activation + begin * h);

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

        products<Width>(
            c.gate_columns, trace.modes_sum, begin, end,
            [&](std::size_t, Batch(&gate)[Width]) {
                for (std::size_t r = 0; r < Width; ++r)
                    gate[r] = load(c.gate_bias + r * lanes);
            },
            [&](std::size_t t, const Batch(&gate)[Width]) {
                for (std::size_t r = 0; r < Width; ++r) {
                    const std::size_t at = t * h + r * lanes;
                    const Batch a = dsp::tanh_approximation(gate[r]);
                    const Batch s = load(trace.modes_sum + at);
                    store(trace.gate + at, a);
                    store(output + at, dsp::multiply_add(load(c.skip + r * lanes), load(trace.input + at),
                                                         dsp::multiply_add(s, a, s)));
                }
            });
    }
}

/// Group modes of one register of channels over one chunk, from the states in `start`: the states before each
/// sample go to chunk_states [time][mode of the group][real, imaginary][lane], and dL/dC' is collected.
template <std::size_t Width, std::size_t Group>
inline void recompute_modes(const LayerCoefficients& c, std::size_t mode, std::size_t r, std::size_t begin,
                            std::size_t end, const LayerTrace& trace, const float* start,
                            const LayerBackwardScratch& scratch, const LayerCoefficientGradients& gradient) {
    constexpr std::size_t h = Width * lanes;
    Batch dr[Group], di[Group], zr[Group], zi[Group], sum_cr[Group], sum_ci[Group];
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
    for (std::size_t t = begin; t < end; ++t, out += 2 * Group * lanes) {
        const Batch input = load(trace.activation + t * h + r * lanes);
        const Batch g = load(scratch.sum_gradient + t * h + r * lanes);
        for (std::size_t m = 0; m < Group; ++m) {
            store(out + 2 * m * lanes, zr[m]);
            store(out + (2 * m + 1) * lanes, zi[m]);
            step_mode(dr[m], di[m], input, zr[m], zi[m]);
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

/// The adjoint p_t = conj(λ) p_{t+1} + conj(C') g_t of Pair modes, of the Group that recompute_modes() has
/// left, from its `first` on: dL/dv and dL/dλ are collected.
template <std::size_t Width, std::size_t Group, std::size_t Pair, bool Add>
inline void adjoint_modes(const LayerCoefficients& c, std::size_t mode, std::size_t first, std::size_t r,
                          std::size_t begin, std::size_t end, const LayerBackwardScratch& scratch,
                          const LayerCoefficientGradients& gradient) {
    constexpr std::size_t h = Width * lanes;
    Batch dr[Pair], di[Pair], pr[Pair], pi[Pair], cr[Pair], ci[Pair], sum_dr[Pair], sum_di[Pair];
    for (std::size_t m = 0; m < Pair; ++m) {
        const std::size_t row = mode + first + m, at = row * h + r * lanes;
        dr[m] = load(c.delta_real + at);
        di[m] = load(c.delta_imag + at);
        cr[m] = load(c.readout_real + at);
        ci[m] = load(c.readout_imag + at);
        pr[m] = load(scratch.adjoint + 2 * row * h + r * lanes);
        pi[m] = load(scratch.adjoint + (2 * row + 1) * h + r * lanes);
        sum_dr[m] = Batch(0.0f);
        sum_di[m] = Batch(0.0f);
    }
    constexpr std::size_t stride = 2 * Group * lanes;
    const float* in = scratch.chunk_states + (end - begin) * stride + 2 * first * lanes;
    for (std::size_t t = end; t-- > begin;) {
        in -= stride;
        const Batch g = load(scratch.sum_gradient + t * h + r * lanes);
        Batch value = Add ? load(scratch.value_gradient + t * h + r * lanes) : Batch(0.0f);
        for (std::size_t m = 0; m < Pair; ++m) {
            // on entry p = conj(λ) p_{t+1}; zr, zi are the state before sample t
            pr[m] = dsp::multiply_add(cr[m], g, pr[m]);
            pi[m] = xsimd::fnma(ci[m], g, pi[m]);
            const Batch zr = load(in + 2 * m * lanes), zi = load(in + (2 * m + 1) * lanes);
            sum_dr[m] = dsp::multiply_add(pr[m], zr, dsp::multiply_add(pi[m], zi, sum_dr[m]));
            sum_di[m] = dsp::multiply_add(pi[m], zr, xsimd::fnma(pr[m], zi, sum_di[m]));
            value = value + pr[m];
            const Batch more_real = dsp::multiply_add(di[m], pi[m], dr[m] * pr[m]);
            const Batch more_imag = xsimd::fnma(di[m], pr[m], dr[m] * pi[m]);
            pr[m] = pr[m] + more_real;
            pi[m] = pi[m] + more_imag;
        }
        store(scratch.value_gradient + t * h + r * lanes, value);
    }
    for (std::size_t m = 0; m < Pair; ++m) {
        const std::size_t row = mode + first + m, at = row * h + r * lanes;
        store(gradient.delta_real + at, load(gradient.delta_real + at) + sum_dr[m]);
        store(gradient.delta_imag + at, load(gradient.delta_imag + at) + sum_di[m]);
        store(scratch.adjoint + 2 * row * h + r * lanes, pr[m]);
        store(scratch.adjoint + (2 * row + 1) * h + r * lanes, pi[m]);
    }
}

/// Group modes at once over one chunk, backwards. Adds to dL/dv, or begins it.
template <std::size_t Width, std::size_t Group, bool Add>
inline void modes_backward(const LayerCoefficients& c, std::size_t mode, std::size_t begin, std::size_t end,
                           const LayerTrace& trace, const float* start, const LayerBackwardScratch& scratch,
                           const LayerCoefficientGradients& gradient) {
    for (std::size_t r = 0; r < Width; ++r) {
        recompute_modes<Width, Group>(c, mode, r, begin, end, trace, start, scratch, gradient);
        if constexpr (Group == 4) {
            adjoint_modes<Width, 4, 2, Add>(c, mode, 0, r, begin, end, scratch, gradient);
            adjoint_modes<Width, 4, 2, true>(c, mode, 2, r, begin, end, scratch, gradient);
        } else {
            adjoint_modes<Width, Group, Group, Add>(c, mode, 0, r, begin, end, scratch, gradient);
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
    for (std::size_t r = 0; r < Width; ++r)
        store(scratch.before + r * lanes, Batch(0.0f));
    const Batch one(1.0f);
    float gate_input_gradient[state_chunk * h];

    const std::size_t chunks = (frames + state_chunk - 1) / state_chunk;
    for (std::size_t chunk = chunks; chunk-- > first / state_chunk;) {
        const std::size_t begin = chunk * state_chunk;
        const std::size_t end = begin + state_chunk < frames ? begin + state_chunk : frames;

        // Plain pointers: through the structures they would be read again after every store.
        float *const output_gradient = scratch.output_gradient + begin * h,
                     *const sum_gradient = scratch.sum_gradient + begin * h,
                     *const value_gradient = scratch.value_gradient + begin * h;
        const float *const input = trace.input + begin * h, *const activation = trace.activation + begin * h,
                           *const modes_sum = trace.modes_sum + begin * h,
                           *const gate = trace.gate + begin * h, *const skip = c.skip;

        // x' = r x + s (1 + a), a = tanh(G s + b_g)
        Batch sum_skip[Width], sum_gate_bias[Width];
        for (std::size_t r = 0; r < Width; ++r)
            sum_skip[r] = sum_gate_bias[r] = Batch(0.0f);
        for (std::size_t t = 0; t < end - begin; ++t)
            for (std::size_t r = 0; r < Width; ++r) {
                const std::size_t at = t * h + r * lanes;
                const Batch dx = load(output_gradient + at);
                const Batch a = load(gate + at), s = load(modes_sum + at);
                const Batch da = dx * s * xsimd::fnma(a, a, one);
                store(gate_input_gradient + at, da);
                store(sum_gradient + at, dsp::multiply_add(dx, a, dx));
                sum_gate_bias[r] = sum_gate_bias[r] + da;
                sum_skip[r] = dsp::multiply_add(dx, load(input + at), sum_skip[r]);
                store(output_gradient + at, dx * load(skip + r * lanes));
            }
        for (std::size_t r = 0; r < Width; ++r) {
            store(gradient.skip + r * lanes, load(gradient.skip + r * lanes) + sum_skip[r]);
            store(gradient.gate_bias + r * lanes, load(gradient.gate_bias + r * lanes) + sum_gate_bias[r]);
        }
        add_products<Width>(c.gate_rows, gate_input_gradient, end - begin, sum_gradient);
        outer_product_sum<Width>(gate_input_gradient, modes_sum, end - begin, gradient.gate_columns);

        const float* start = trace.states + chunk * state_size;
        std::size_t mode = 0;
        if (modes >= 4) {
            modes_backward<Width, 4, false>(c, 0, begin, end, trace, start, scratch, gradient);
            mode = 4;
        } else {
            modes_backward<Width, 1, false>(c, 0, begin, end, trace, start, scratch, gradient);
            mode = 1;
        }
        for (; mode + 4 <= modes; mode += 4)
            modes_backward<Width, 4, true>(c, mode, begin, end, trace, start, scratch, gradient);
        for (; mode < modes; ++mode)
            modes_backward<Width, 1, true>(c, mode, begin, end, trace, start, scratch, gradient);

        // v = σ(W x + b)
        if (c.anti_aliased)
            isru_backward<Width>(trace.argument + begin * h, end - begin, value_gradient, scratch.before);
        Batch sum_bias[Width];
        for (std::size_t r = 0; r < Width; ++r)
            sum_bias[r] = Batch(0.0f);
        for (std::size_t t = 0; t < end - begin; ++t)
            for (std::size_t r = 0; r < Width; ++r) {
                const std::size_t at = t * h + r * lanes;
                Batch du = load(value_gradient + at);
                if (!c.anti_aliased) {
                    const Batch v = load(activation + at);
                    du = du * xsimd::fnma(v, v, one);
                    store(value_gradient + at, du);
                }
                sum_bias[r] = sum_bias[r] + du;
            }
        for (std::size_t r = 0; r < Width; ++r)
            store(gradient.mixing_bias + r * lanes, load(gradient.mixing_bias + r * lanes) + sum_bias[r]);
        add_products<Width>(c.mixing_rows, value_gradient, end - begin, output_gradient);
        outer_product_sum<Width>(value_gradient, input, end - begin, gradient.mixing_columns);
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
