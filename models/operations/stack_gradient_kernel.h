#pragma once

#include <cstddef>

// The trainer's inner loops: one sequence through the whole gated S4D stack, forwards and backwards. This
// header holds plain pointers alone, because the bodies are compiled once per instruction set
// (stack_gradient_kernel.inl.h) and must not share inline library code with the rest of the program.

namespace continuo::operations {

/// Samples between two stored states. The backward pass recomputes the states in between from the last stored
/// one, so that a layer's states of one chunk stay in the nearest cache.
inline constexpr std::size_t state_chunk = 64;

/// One layer's float coefficients, channels padded to a multiple of 8 (padding is zero everywhere).
/// Both orders of each matrix are kept: `columns` [from][to] for the forward product, `rows` [to][from] for
/// the backward one, so that every product runs along SIMD lanes.
struct LayerCoefficients {
    const float* mixing_columns;
    const float* mixing_rows;
    const float* mixing_bias;
    const float* delta_real; ///< [mode][channel], δ = λ − 1
    const float* delta_imag;
    const float* readout_real; ///< [mode][channel], C' = C (1 − |λ|)
    const float* readout_imag;
    const float* skip;
    const float* gate_columns;
    const float* gate_rows;
    const float* gate_bias;
    bool anti_aliased; ///< σ is the anti-aliased ISRU (dsp::Activation::isru), else tanh
};

/// Sums over time of the derivative of the loss by each coefficient, same layouts.
struct LayerCoefficientGradients {
    float* mixing_columns; ///< [from][to]
    float* mixing_bias;
    float* delta_real;
    float* delta_imag;
    float* readout_real;
    float* readout_imag;
    float* skip;
    float* gate_columns; ///< [from][to]
    float* gate_bias;
};

/// What the forward pass leaves for the backward pass, for one layer. [time][channel] unless said.
struct LayerTrace {
    float* input;    ///< x before the layer
    float* argument; ///< u, from the sample before the first one on [1 + time][channel]; read for ISRU alone
    float* activation; ///< v = σ(u)
    float* modes_sum;  ///< s
    float* gate;       ///< tanh(G s + b_g)
    float* states;     ///< [chunk][mode][real, imaginary][channel], at each chunk's start
};

struct LayerBackwardScratch {
    float* output_gradient; ///< dL/dx after the layer on entry, before the layer on return [time][channel]
    float* sum_gradient;    ///< [time][channel]
    float* value_gradient;  ///< [time][channel]
    float* chunk_states;    ///< (state_chunk + 1) × 4 modes × 2 × lanes of a register
    float* adjoint;         ///< [mode][real, imaginary][channel]
    float* before;          ///< written: dL/du of the sample before the first one [channel]; 0 with tanh
};

struct StackGradientKernel {
    /// Runs one layer over `frames` samples from the state in `state` ([mode][real, imaginary][channel],
    /// updated). `output` [time][channel] may not alias the trace.
    void (*layer_forward)(const LayerCoefficients&, std::size_t channels, std::size_t modes,
                          std::size_t frames, float* state, const LayerTrace&, float* output);
    /// Walks back from `frames` to `first` (a multiple of state_chunk) and adds to the gradients.
    void (*layer_backward)(const LayerCoefficients&, std::size_t channels, std::size_t modes,
                           std::size_t first, std::size_t frames, const LayerTrace&,
                           const LayerBackwardScratch&, const LayerCoefficientGradients&);
};

const StackGradientKernel& stack_gradient_kernel_sse2();
const StackGradientKernel& stack_gradient_kernel_avx2();
const StackGradientKernel& stack_gradient_kernel_avx512();
const StackGradientKernel& stack_gradient_kernel_neon();

} // namespace continuo::operations
