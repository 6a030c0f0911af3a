#pragma once

#include "dsp/instruction_set.h"
#include "dsp/kernels/stack_layout.h"
#include "dsp/realtime.h"
#include "dsp/stack_parameters.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// One audio channel of a gated S4D stack with its knobs at rest, whose layers are run apart: since no layer
/// feeds back into an earlier one, one layer may be in one piece of the audio while the next one is still in
/// the piece before. The bits of the output are those of StreamingStack.
///
/// The pieces go through each layer in their order, and through the layers from the first to the last. Calls
/// for different layers may run at the same time on different threads; what happens in one call has to happen
/// before the calls that build on it. Movable, not copyable.
class LayeredStack {
  public:
    /// Where a piece of the audio is. In place is allowed: its output may be written to where its input was.
    struct Piece {
        const float* input; ///< full scale ±1; only the first layer reads it
        float* between;     ///< what goes from layer to layer, [frames][width()], aligned to 64 bytes
        float* output;      ///< only the last layer writes it
        std::size_t frames; ///< a multiple of 64 in every piece but the last one
    };

    /// Starts at the equilibrium of these knob values.
    ///
    /// [main-thread] Allocates. Throws std::invalid_argument where this processor lacks the instruction set.
    /// \param discrete  of these parameters
    /// \param knobs     values in [0, 1], as in StreamingStack::reset
    LayeredStack(const StackParameters& parameters, const DiscreteStack& discrete,
                 std::span<const float> knobs, InstructionSet set = default_instruction_set());

    /// [any-thread]
    std::size_t layers() const noexcept { return scratch_.size(); }

    /// Floats per sample between the layers: the channels, rounded up to whole registers. [any-thread]
    std::size_t width() const noexcept { return layout_.stack().padded; }

    /// Runs one layer over the next piece. Flush-to-zero is on during the call and restored.
    ///
    /// [any-thread] One call per layer at a time. Allocates nothing, takes no lock, throws nothing.
    /// \param layer  below layers()
    void run_layer(std::size_t layer, const Piece& piece) noexcept CONTINUO_REALTIME;

  private:
    const kernels::Table* table_;
    kernels::StackLayout layout_;
    std::vector<kernels::ScratchMemory> scratch_; // each layer's own
};

} // namespace continuo::dsp
