#pragma once

#include <cstddef>

// Where a stack's float coefficients lie in one block of memory: that of PreparedStack, which the kernels on
// a GPU read as well. So this header is C++17.

namespace continuo::operations {

/// Offsets in floats, from the block's beginning or from that of a layer. Channels are padded to `channels`,
/// 8 or 16; what is padded holds zeros. Both orders of each matrix are kept: `columns` [from][to], `rows`
/// [to][from].
struct StackLayout {
    int layers, channels, modes;

    constexpr int encoder() const { return 0; }
    constexpr int decoder() const { return channels; }
    constexpr int layer(int index) const { return 2 * channels + index * layer_size(); }
    constexpr int layer_size() const { return 4 * channels * channels + 3 * channels + 4 * modes * channels; }
    constexpr int size() const { return layer(layers); }

    // in a layer
    constexpr int mixing_columns() const { return 0; }
    constexpr int mixing_rows() const { return channels * channels; }
    constexpr int gate_columns() const { return 2 * channels * channels; }
    constexpr int gate_rows() const { return 3 * channels * channels; }
    constexpr int mixing_bias() const { return 4 * channels * channels; }
    constexpr int gate_bias() const { return mixing_bias() + channels; }
    constexpr int skip() const { return mixing_bias() + 2 * channels; }
    /// [mode][channel]; 0, 1: δ = λ − 1, real and imaginary; 2, 3: C' = C (1 − |λ|)
    constexpr int mode_values(int which) const {
        return mixing_bias() + 3 * channels + which * modes * channels;
    }
};

} // namespace continuo::operations
