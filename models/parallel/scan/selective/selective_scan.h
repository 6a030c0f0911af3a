#pragma once

#include <cstddef>

// The selective layer (S6): N real modes for every channel, whose speed, input and readout the signal itself
// decides from sample to sample.
//
//     x ← exp(Δ A) x + (1 − exp(Δ A)) B u,  y = Σ_n C_n x_n          Δ ≥ 0, A < 0
//
// with Δ of every channel and sample, B and C of every sample and mode. The steps are the exact zero-order
// hold with unit gain at 0 Hz: Δ multiplies seconds, and B does not change with the rate.
// Source: Gu and Dao, Mamba: Linear-Time Sequence Modeling with Selective State Spaces (2023), with
// 1 − exp(Δ A) in place of its Δ B.

namespace continuo::parallel {

/// Signals are [batch][channel][time] without gaps; B and C [batch][time][mode]; states
/// [batch][channel][mode].
struct SelectiveShape {
    std::size_t batch, channels, frames, modes;

    std::size_t rows() const { return batch * channels; }
    std::size_t samples() const { return rows() * frames; }
    std::size_t states() const { return rows() * modes; }
    std::size_t selections() const { return batch * frames * modes; }
};

/// What both directions read.
struct SelectiveInput {
    const float* decay;           ///< A [channel][mode]
    const float *delta, *u;       ///< signals
    const float *input, *readout; ///< B, C
    const double* initial;        ///< x before the first sample, or null for 0
};

struct SelectiveForward {
    SelectiveInput in;
    float* y;      ///< may not be u or delta
    double* final; ///< x after the last sample, or null
};

/// Derivatives of a loss, given that by y and by the final state. With e_t = exp(Δ_t A) − 1 and p = ∂/∂x:
///
///     p_t = C_t dy_t + (1 + e_{t+1}) p_{t+1},  du_t = −Σ_n e_t B_t p_t,  dC_t = Σ_c dy_t x_t,
///     dB_t = −Σ_c e_t u_t p_t,  dΔ_t = Σ_n A (1 + e_t) (x_{t−1} − B_t u_t) p_t,
///     dA = Σ_t Δ_t (1 + e_t) (x_{t−1} − B_t u_t) p_t
///
/// Everything is written, not added to.
/// Source: the adjoint of x_t = x_{t−1} + e_t (x_{t−1} − B_t u_t), by the chain rule.
struct SelectiveBackward {
    SelectiveInput in;
    const float* output_gradient;
    const double* final_gradient; ///< or null for 0
    float *u, *delta;             ///< signals
    float *input, *readout;       ///< of B and C
    double* decay;                ///< [channel][mode]
    double* initial;              ///< or null
};

} // namespace continuo::parallel
