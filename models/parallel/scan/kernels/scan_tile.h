#pragma once

#include "models/parallel/scan/warp_matrix.h"

// The chunk form of the scan. Time is cut into chunks of 64 samples; with U = [sample of the chunk][chunk],
//
//     S = E U,  s ← λ⁶⁴ s + S from chunk to chunk,  Y = K U + G s
//
// where E_{n,t} = λ_n^{63−t}, K_{t,τ} = h_{t−τ} = Re Σ_n C'_n λ_n^{t−τ} for t ≥ τ, and G_{t,n} takes s to
// Re Σ_n C'_n λ_n^{t+1} s_n. The products run on tensor cores, with chunks as the rows of the left operand: a
// warp takes 32 chunks, a block 128 of one row of the signal (a tile). Which chunk becomes which row is free:
// thread 4 g + q has four neighbours, chunks 4 g to 4 g + 3. So is which sample becomes which column: it
// reads and writes four neighbours at once.
//
// States are scaled by a power of two for each mode, nearly |C'|, which makes them as large as what they add
// to the output. Source: the chunk-wise form of linear recurrences; E, K and G follow by writing the
// recurrence out.

// Before a loop that is not worth the registers that unrolling takes.
#if defined(__CUDA_ARCH__)
#define CONTINUO_ROLLED _Pragma("unroll 1")
#else
#define CONTINUO_ROLLED
#endif

namespace continuo::parallel {

struct ScanTile {
    static constexpr int chunk = 64; ///< samples
    static constexpr int sixteens = chunk / 16;
    static constexpr int warps = 4;
    static constexpr int threads = 32 * warps;
    static constexpr int warp_chunks = 32;
    static constexpr int warp_samples = warp_chunks * chunk;
    static constexpr int samples = warps * warp_samples;
    static constexpr int row_tiles = 2; ///< of 16 chunks, in a warp
    static constexpr int group = 16;    ///< tiles at most that are folded one by one (see LookBack)
};

/// group.thread(). What is calculated from it inside a loop is calculated anew each time: that takes fewer
/// registers than to keep it.
template <class Group>
CONTINUO_HOST_DEVICE int thread_anew(const Group& group) {
#if defined(__CUDA_ARCH__)
    int thread;
    asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
    return thread;
#else
    return group.thread();
#endif
}

/// Of 16 samples that four threads take as four neighbours each, the one that is row `k` of a right operand.
/// [any-thread]
CONTINUO_HOST_DEVICE int sample_of_row(int k) {
    return 4 * (k % 8 / 2) + 2 * (k / 8) + k % 2;
}
/// The one that is column `n` of the sum number `half` (0, 1).
CONTINUO_HOST_DEVICE int sample_of_column(int half, int n) {
    return 4 * (n / 2) + 2 * half + n % 2;
}

/// A complex number in float.
struct ComplexFloat {
    float real, imag;
};
/// a b + c, in this order of operations. [any-thread]
CONTINUO_HOST_DEVICE ComplexFloat multiply_add(const ComplexFloat& a, const ComplexFloat& b,
                                               const ComplexFloat& c) {
    return {fused(-a.imag, b.imag, fused(a.real, b.real, c.real)),
            fused(a.imag, b.real, fused(a.real, b.imag, c.imag))};
}

/// The tables of one channel in memory: first the right operands (right_operand_floats each), then the rest.
///
/// \tparam Modes  8 or 16; those that the model lacks have λ = 0 and C' = 0
template <int Modes>
struct ScanTables {
    static constexpr int columns = 2 * Modes; ///< of states: [mode][real, imaginary]
    static constexpr int state_tiles = columns / 8, state_lefts = columns / 16;
    static constexpr int into_states = 0; ///< E [16 samples][8 columns of states]
    static constexpr int impulse =
        into_states + ScanTile::sixteens * state_tiles; ///< K [lag in 16 samples][half of sum]
    static constexpr int from_states =
        impulse + 2 * ScanTile::sixteens; ///< G [16 samples][16 columns of states][half of sum]
    static constexpr int operands = from_states + 2 * ScanTile::sixteens * state_lefts;

    // What follows are floats' places.
    static constexpr int scales = operands * right_operand_floats; ///< [1/scale of K, 0, 0, 0]
    static constexpr int state_scales = scales + 4;                ///< [mode], powers of two
    static constexpr int chunk_powers = state_scales + Modes;      ///< λ⁶⁴ʲ [mode][j = 1, 4, 8, 16][2]
    static constexpr int lane_powers = chunk_powers + 8 * Modes;   ///< λ^{4·64 g} [g][mode][2]
    static constexpr int tile_powers = lane_powers + 16 * Modes;   ///< over j tiles [j ≤ 15][mode] Complex
    static constexpr int warp_powers = tile_powers + ScanTile::group * Modes * 4; ///< over a warp [mode]
    static constexpr int floats = warp_powers + Modes * 4;
};

/// Exponents of the powers of two that E, λ's powers in half precision, and G are scaled by.
inline constexpr int into_states_exponent = 15, from_states_exponent = 14;

/// Copies tables into shared memory, 16 bytes at a time.
template <class Group>
CONTINUO_HOST_DEVICE void load_tables(Group& group, const float* tables, int floats, float* shared) {
    for (int i = 4 * group.thread(); i < floats; i += 4 * ScanTile::threads)
        *reinterpret_cast<Float4*>(shared + i) = *reinterpret_cast<const Float4*>(tables + i);
}

} // namespace continuo::parallel
