#pragma once

#include "models/operations/stack_gradient_kernel.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::operations {

/// Where a stack rests at input 0, layer after layer, and the derivative of that: every mode stands at
/// z = −v / δ, in closed form. In double, once per sequence.
class Equilibrium {
  public:
    /// [main-thread] Allocates. \param channels  padded
    Equilibrium(std::size_t layers, std::size_t channels, std::size_t modes);

    /// Begins at input 0: the next solve() is that of the first layer. [any-thread] Allocates nothing.
    void begin();

    /// Solves the next layer and writes its states to `state` ([mode][real, imaginary][channel]).
    /// [any-thread] Allocates nothing.
    ///
    /// \param argument  written where it is not null: u [channel]
    void solve(const LayerCoefficients& layer, std::span<float> state, float* argument = nullptr);

    /// Begins the way back, from the last layer to the first. [any-thread] Allocates nothing.
    void begin_backward();

    /// Adds to the sums of `layer`, the number `index`, what its coefficients do to the loss through the
    /// state that a run starts from. Call for every layer, last first. [any-thread] Allocates nothing.
    ///
    /// \param adjoint  dL/d(state before the first sample) [mode][real, imaginary][channel]
    /// \param before   dL/du of the sample before the first one [channel], or null: 0
    ///
    /// Source: the chain rule on z = v w with w = −1 / δ, so that dw/dδ = w².
    void backward(std::size_t index, const LayerCoefficients& layer, const float* adjoint,
                  const float* before, const LayerCoefficientGradients& gradient);

  private:
    struct Layer {
        std::vector<double> input, activation, slope, sum, gate; ///< slope: dv/du at rest [channel]
        std::vector<double> real, imag; ///< w = −1 / δ [mode][channel]; 0 where padded
    };
    std::size_t channels_, modes_, next_ = 0;
    std::vector<Layer> layers_;
    std::vector<double> output_;          ///< after the last solved layer [channel]
    std::vector<double> output_gradient_; ///< dL/d(output of the layer) on the way back [channel]
    std::vector<double> input_gradient_, inside_, sum_gradient_;
};

} // namespace continuo::operations
