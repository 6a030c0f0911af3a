#pragma once

#include "dsp/instruction_set.h"
#include "dsp/stack_parameters.h"
#include "models/operations/coefficient_sums.h"
#include "models/operations/equilibrium.h"
#include "models/operations/parameter_layout.h"
#include "models/operations/stack_gradient_kernel.h"
#include "models/operations/stack_layout.h"

#include <xsimd/memory/xsimd_aligned_allocator.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::operations {

/// Aligned to a cache line, so that no SIMD load crosses two.
using AlignedFloats = std::vector<float, xsimd::aligned_allocator<float, 64>>;

/// Channels of the padded arrays: 8 or 16. Throws std::invalid_argument above 16. [any-thread]
std::size_t padded_channels(std::size_t channels);

/// A stack at one setting of its knobs, ready for the kernels: discretised, padded, matrices in both orders.
class PreparedStack {
  public:
    /// [any-thread] Allocates. Throws std::invalid_argument above 16 channels and where the number of knobs
    /// is not the stack's.
    ///
    /// \param knobs  one value in [0, 1] per knob
    PreparedStack(const dsp::StackParameters& stack, std::span<const float> knobs);

    std::size_t channels() const { return channels_; } ///< padded
    const dsp::StackShape& shape() const { return shape_; }
    const StackLayout& layout() const { return layout_; }
    const float* values() const { return values_.data(); } ///< [layout().size()]
    LayerCoefficients layer(std::size_t index) const;
    const float* encoder() const { return values_.data() + layout_.encoder(); }
    const float* decoder() const { return values_.data() + layout_.decoder(); }
    float decoder_bias() const { return decoder_bias_; }

  private:
    dsp::StackShape shape_;
    std::size_t channels_;
    StackLayout layout_;
    float decoder_bias_;
    bool anti_aliased_;
    AlignedFloats values_;
};

/// Solves where a stack rests at input 0, all layers of `equilibrium`.
///
/// [any-thread] Allocates.
/// \param states  written: [layer][mode][real, imaginary][channel], or null where they are not wanted
void solve_rest(const PreparedStack& stack, Equilibrium& equilibrium, double* states);

/// Buffers for one sequence of up to `frames` samples, and the sums of its gradient. One per worker thread.
class SequenceWorkspace {
  public:
    /// [main-thread] Allocates about 4 × layers × channels floats per sample. Throws std::invalid_argument
    /// above 16 channels.
    SequenceWorkspace(const dsp::StackShape& shape, std::size_t frames);

  private:
    friend class StackGradient;
    ParameterLayout layout_;
    std::size_t channels_, frames_;
    CoefficientSumLayout sum_layout_;
    Equilibrium equilibrium_;
    AlignedFloats inputs_, arguments_, before_, activations_, sums_, gates_, states_, state_,
        output_gradient_, sum_gradient_, value_gradient_, chunk_states_, adjoint_, gradients_;
    std::vector<double> sums_of_gradient_;

    void check(const dsp::StackShape& shape, std::size_t frames) const;
    LayerTrace trace(std::size_t layer);
    LayerCoefficientGradients layer_gradients(std::size_t layer);
};

/// The stack as one differentiable operation: forward keeps a trace, backward turns dL/d(output) into
/// dL/d(learned).
class StackGradient {
  public:
    /// [any-thread] Throws std::invalid_argument for an instruction set of another processor family.
    explicit StackGradient(dsp::InstructionSet set = dsp::default_instruction_set());

    /// output[t] = d · x_t + d0, from the closed-form equilibrium at input 0.
    ///
    /// [any-thread] Allocates nothing. Throws std::invalid_argument where the workspace is too small or of
    /// another shape.
    ///
    /// \param input   already scaled by the stack's input scale
    /// \param output  as long as `input`, before the stack's output scale
    ///
    /// Source: the equations of dsp/stack_parameters.h.
    void forward(const PreparedStack& stack, std::span<const float> input, std::span<float> output,
                 SequenceWorkspace& workspace) const;

    /// Adds dL/d(learned) to `gradient` (ParameterLayout order), for the forward pass just made with
    /// `workspace`.
    ///
    /// The bits depend on the arguments and the instruction set alone, not on what the workspace held before.
    /// They agree with the derivative in double within about 1e-5 of each tensor's norm.
    ///
    /// [any-thread] Allocates nothing. Throws std::invalid_argument as forward(), and where `first` is not a
    /// multiple of state_chunk.
    ///
    /// \param first  0: the derivative of the whole run, through the equilibrium that it started from.
    ///     Otherwise samples before it only warmed the states up, and no derivative flows into them
    /// \param input  what the forward pass was given, or a beginning of it: the walk starts at its end
    /// \param output_gradient  dL/d(output), as long as `input`
    ///
    /// Source: the adjoint of a diagonal recurrence, p_t = conj(λ) p_{t+1} + conj(C') g_t; docs/model.md.
    void backward(const dsp::StackParameters& parameters, const PreparedStack& stack,
                  std::span<const float> knobs, std::span<const float> input, std::size_t first,
                  std::span<const float> output_gradient, SequenceWorkspace& workspace,
                  std::span<double> gradient) const;

  private:
    const StackGradientKernel& kernel_;
};

} // namespace continuo::operations
