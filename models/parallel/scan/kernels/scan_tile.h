#pragma once

#include "models/parallel/scan/warp_matrix.h"

// The chunk form of the scan. Time is cut into chunks of 64 samples; with U = [sample of the chunk][chunk],
//
//     S = E U,  s ← λ⁶⁴ s + S from chunk to chunk, in double,  Y = K U + G s
//
// where E_{n,t} = λ_n^{63−t}, K_{t,τ} = h_{t−τ} = Re Σ_n C'_n λ_n^{t−τ} for t ≥ τ, and G_{t,n} takes s to
// Re Σ_n C'_n λ_n^{t+1} s_n. The products run on tensor cores, with chunks as the rows of the left operand: a
// warp takes 32 chunks, a block 128 of one row of the signal at a time (a tile). A thread reads and writes
// four samples at once; which column of an operand they become is free, as long as the tables agree.
// Backwards, with q_t = λ q_{t+1} + C' dy_t and time reversed within a chunk, it is the same: Q = E dY,
// q ← λ⁶⁴ q + C' Q from the last chunk to the first, dU = K dY + A q, where A_{t,n} takes q, of the first
// sample after the chunk, to Re Σ_n λ_n^{t+1} q_n.
// Source: the chunk-wise form of linear recurrences; E, K and G follow by writing the recurrence out.

namespace continuo::parallel {

struct ScanTile {
    static constexpr int chunk = 64; ///< samples
    static constexpr int warps = 4;
    static constexpr int threads = 32 * warps;
    static constexpr int warp_chunks = 32;
    static constexpr int samples = warps * warp_chunks * chunk;
    static constexpr int warp_samples = warp_chunks * chunk;
    static constexpr int row_tiles = 2; ///< of 16 chunks, in a warp
};

/// What a block of threads of ScanGradients takes at a time: it has two signals to hold, and more sums.
struct GradientTile {
    static constexpr int warps = 4;
    static constexpr int threads = 32 * warps;
    static constexpr int warp_chunks = 16;
    static constexpr int chunks = warps * warp_chunks;
    static constexpr int samples = chunks * ScanTile::chunk;
    static constexpr int of_scan_tile = ScanTile::samples / samples;
};

/// Samples that one block of threads walks through, tile after tile: `tiles` of ScanTile::samples.
inline constexpr int scan_tiles_per_segment = 4;

/// Of 16 samples or columns of states that four threads take as four neighbours each, the one that is column
/// `k` of the left operand number `half` (0, 1). [any-thread]
CONTINUO_HOST_DEVICE int neighbour_of_left_column(int half, int k) {
    return 4 * (k % 4) + 2 * half + k / 4;
}
/// The same for column `n` of the sum number `half`.
CONTINUO_HOST_DEVICE int neighbour_of_sum_column(int half, int n) {
    return 4 * (n / 2) + 2 * half + n % 2;
}

/// The tables of one channel in memory, in right operands (right_operand_floats each).
///
/// \tparam Modes  8 or 16; those that the model lacks have λ = 0 and C' = 0
template <int Modes>
struct ScanTables {
    static constexpr int columns = 2 * Modes; ///< of states: [mode][real, imaginary]
    static constexpr int state_tiles = columns / 8;
    static constexpr int into_states = 0;           ///< E [16 samples][half][8 columns of states]
    static constexpr int impulse = 8 * state_tiles; ///< K [half of left][lag in 16 samples][half of sum]
    static constexpr int from_states =
        impulse + 16; ///< G [16 columns][half of left][16 samples][half of sum]
    static constexpr int from_adjoints = from_states + state_tiles * 8; ///< A, as G
    static constexpr int operands = from_adjoints + state_tiles * 8;
    static constexpr int into_states_floats = impulse * right_operand_floats;
    static constexpr int with_impulse_floats = from_states * right_operand_floats;
    static constexpr int forward_floats = from_adjoints * right_operand_floats;
    static constexpr int floats = operands * right_operand_floats;
};

/// Two floats that are read and written at once. Aligned to 8 bytes.
struct alignas(8) Float2 {
    float value[2];
};

/// Neighbours 2 `half` and 2 `half` + 1 of all of a thread's chunks as a left operand.
CONTINUO_HOST_DEVICE LeftOperand<ScanTile::row_tiles> left_operand(const float (&four)[4][4], int half) {
    LeftOperand<ScanTile::row_tiles> operand;
    CONTINUO_UNROLL
    for (int tile = 0; tile < ScanTile::row_tiles; ++tile) {
        CONTINUO_UNROLL
        for (int i = 0; i < 4; ++i)
            operand.set(tile, i, four[2 * tile + i % 2][2 * half + i / 2]);
    }
    return operand;
}

template <int Tiles, int Rows>
CONTINUO_HOST_DEVICE void clear_sums(float (&sums)[Tiles][Rows][4]) {
    CONTINUO_UNROLL
    for (int n = 0; n < Tiles; ++n) {
        CONTINUO_UNROLL
        for (int tile = 0; tile < Rows; ++tile) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                sums[n][tile][i] = 0.0f;
        }
    }
}

/// Copies tables into shared memory, 16 bytes at a time.
template <class Group>
CONTINUO_HOST_DEVICE void load_tables(Group& group, const float* tables, int floats, float* shared) {
    for (int i = 4 * group.thread(); i < floats; i += 4 * ScanTile::threads)
        *reinterpret_cast<Float4*>(shared + i) = *reinterpret_cast<const Float4*>(tables + i);
}

} // namespace continuo::parallel
