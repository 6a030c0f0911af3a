#pragma once

#include "models/operations/stack_layout.h"

// Where the sums over time of a loss's derivative by each coefficient lie in one block of memory: that of the
// trainer's workspace, which the kernels on a GPU fill as well. So this header is C++17.

namespace continuo::operations {

/// Offsets in values, from the block's beginning or from that of a layer. Channels are padded as in
/// StackLayout; matrices are [from][to].
struct CoefficientSumLayout {
    StackLayout of;

    constexpr int encoder() const { return 0; }
    constexpr int decoder() const { return of.channels; }
    constexpr int layer(int index) const { return 2 * of.channels + index * layer_size(); }
    constexpr int layer_size() const {
        return 2 * of.channels * of.channels + 3 * of.channels + 4 * of.modes * of.channels;
    }
    constexpr int decoder_bias() const { return layer(of.layers); }
    constexpr int size() const { return decoder_bias() + 1; }

    // in a layer
    constexpr int mixing() const { return 0; }
    constexpr int gate() const { return of.channels * of.channels; }
    constexpr int mixing_bias() const { return 2 * of.channels * of.channels; }
    constexpr int skip() const { return mixing_bias() + of.channels; }
    constexpr int gate_bias() const { return mixing_bias() + 2 * of.channels; }
    /// [mode][channel]; 0, 1: δ = λ − 1, real and imaginary; 2, 3: C' = C (1 − |λ|)
    constexpr int mode_values(int which) const {
        return mixing_bias() + 3 * of.channels + which * of.modes * of.channels;
    }
};

} // namespace continuo::operations
