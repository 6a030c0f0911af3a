#pragma once

#include "models/parallel/portable.h"

#include <cstddef>

// The linear layer alone: for every channel N complex modes, driven by one signal and read out as another.
//
//     z ← λ z + u,  y = Re Σ_n C'_n z_n          λ = 1 + δ, exactly, in double
//
// δ and C' in float are the model; everything else is arithmetic that a back end may do in its own way and
// order. What is at stake is how near a back end comes to these sums done in double, and how fast.

namespace continuo::parallel {

/// Signals are [batch][channel][time] without gaps; states are [batch][channel][mode].
struct ScanShape {
    std::size_t batch, channels, frames, modes;

    std::size_t rows() const { return batch * channels; }
    std::size_t samples() const { return rows() * frames; }
    std::size_t states() const { return rows() * modes; }
};

/// The model: [channel][mode] each, δ = λ − 1 with |λ| ≤ 1.
struct ScanCoefficients {
    const float *delta_real, *delta_imag, *readout_real, *readout_imag;
};

struct ScanForward {
    const float* u;
    float* y;               ///< may not be u
    const Complex* initial; ///< z before the first sample, or null for 0
    Complex* final;         ///< z after the last sample, or null; may be `initial`
};

/// Derivatives of a loss, given that by y and by the final state. Sums over batch and time are written, not
/// added to.
///
///     p_t = λ̄ p_{t+1} + C̄' dy_t,  du_t = Re p_t,  dδ = Σ_t p_t z̄_{t−1},  dC' = Σ_t dy_t z̄_t
///
/// A derivative by a complex number is that by its real part + i times that by its imaginary part.
/// Source: the adjoint of the recurrence, by the chain rule.
struct ScanBackward {
    const float *u, *output_gradient;
    const Complex* initial;              ///< as in the forward pass, or null for 0
    const Complex* final_gradient;       ///< or null for 0
    float* input_gradient;               ///< may not be u or output_gradient
    double *delta_real, *delta_imag;     ///< [channel][mode]
    double *readout_real, *readout_imag; ///< [channel][mode]
    Complex* initial_gradient;           ///< or null
};

/// The scan on one back end. [any-thread] One call at a time.
class ScanBackend {
  public:
    virtual ~ScanBackend() = default;
    ScanBackend() = default;
    ScanBackend(const ScanBackend&) = delete;
    ScanBackend& operator=(const ScanBackend&) = delete;

    virtual const char* name() const = 0;
    /// Takes a model, for all calls that follow. Allocates. Throws std::invalid_argument where the back end
    /// has no kernel for so many modes, std::runtime_error where its device fails.
    virtual void prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) = 0;
    /// \param shape  with the channels and modes of the model
    virtual void forward(const ScanShape& shape, const ScanForward& arguments) = 0;
    virtual void backward(const ScanShape& shape, const ScanBackward& arguments) = 0;
};

} // namespace continuo::parallel
