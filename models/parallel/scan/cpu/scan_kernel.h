#pragma once

#include <cstddef>

// The inner loops of the scan on a CPU. This header holds plain pointers alone, because the bodies are
// compiled once per instruction set (scan_kernel.inl.h) and must not share inline library code with the rest
// of the program.
//
// Time is cut into chunks of T samples, the columns of matrices as they lie in memory: the signal is
// U = [chunk][sample of the chunk], states are [chunk][column]. The columns of N modes are their real parts,
// then their imaginary parts, N padded so that either half fills whole registers of double.
//
//     S = E U,  s ← λᵀ s + S from chunk to chunk, in double,  Y = K U + G s
//
// Backwards with q_t = λ q_{t+1} + C' dy_t, the conjugate of the adjoint, it is the same with time reversed
// and C' on the way into the states instead of on the way out; K is transposed.
// Source: the chunk-wise form of linear recurrences; E, K and G follow by writing the recurrence out.

namespace continuo::parallel::cpu {

/// Samples of a chunk. Cost T/2 + 4 N multiplications a sample, and a fold every T.
inline constexpr std::size_t chunk = 32;
/// Chunks that stay in the nearest cache while all three steps work on them.
inline constexpr std::size_t block_chunks = 48;
/// Chunks of a segment: what one thread does before it hands the state on.
inline constexpr std::size_t segment_chunks = 192;

/// What a state is multiplied by over a chunk, and the state itself: [column] in double.
struct Fold {
    const double* over_chunk;
    double* state; ///< before the chunks; on return after them, in the direction of the fold
};

/// What chunks contribute to the derivatives by λ and C', from correlations over chunks:
///
///     Σ_t dy_t z_t    = Σ_t λ^{t+1} W_t + Σ_j λʲ R_j
///     Σ_t q_t z_{t−1} = T λ^{T−1} P + Σ_t (T−1−t) λ^{T−2−t} V_t + C' (Σ_t (t+1) λᵗ W_t + Σ_j j λ^{j−1} R_j)
///
/// with W = dY sᵀ, V = U rᵀ, P = Σ r s, R_j the sum of dY Uᵀ along its diagonal j, and r = λ q of the first
/// sample after each chunk.
/// Source: both recurrences written out over a chunk from s and r, multiplied and summed.
struct ChunkSums {
    const double *powers, *readout;              ///< λʲ [j up to T][column]; C' [column]
    const float *output_states, *input_adjoints; ///< W, V: [sample][column]
    const float* output_inputs;                  ///< dY Uᵀ [sample][sample]
    const double* state_adjoints;                ///< P [column]
    double *by_lambda, *by_readout;              ///< added to: Σ_t q_t z_{t−1}, Σ_t dy_t z_t [column]
};

/// All arrays aligned to 64 bytes but the signals. [any-thread] Nothing allocates.
struct ScanKernel {
    std::size_t lanes; ///< floats of a register

    /// states[c] = Σ_t table[t] signal[c][t]
    ///
    /// \param table    [sample][column]
    /// \param columns  a multiple of `lanes`, `states` is [chunk][column]
    void (*into_states)(const float* table, const float* signal, std::size_t chunks, std::size_t columns,
                        float* states);
    /// Replaces each S by the state before its chunk, first to last.
    void (*fold)(const Fold&, std::size_t chunks, std::size_t columns, float* states);
    /// The same last to first.
    void (*fold_back)(const Fold&, std::size_t chunks, std::size_t columns, float* states);
    /// y = K signal + G states
    ///
    /// \param impulse      [lag within a register][sample]: h moved down by so many samples
    /// \param from_states  [column][sample]
    void (*output)(const float* impulse, const float* from_states, const float* signal, const float* states,
                   std::size_t chunks, std::size_t columns, float* y);
    /// y = Kᵀ signal + G states
    ///
    /// \param impulse  [sample within a register][register][lane]: h_{register · lanes + sample − lane}
    void (*output_back)(const float* impulse, const float* from_states, const float* signal,
                        const float* states, std::size_t chunks, std::size_t columns, float* y);
    /// sum[t][k] += Σ_c left[c][t] right[c][k] for all t < T
    ///
    /// \param columns  of `right` and `sum`, a multiple of `lanes`
    void (*correlate)(const float* left, const float* right, std::size_t chunks, std::size_t columns,
                      float* sum);
    /// sum += Σ_c a[c] b[c], complex products of [chunk][column]
    void (*correlate_states)(const float* a, const float* b, std::size_t chunks, std::size_t columns,
                             double* sum);
    /// As correlate() with columns = T, for k ≤ t; elements beyond the register of k = t are not touched.
    void (*correlate_causal)(const float* left, const float* right, std::size_t chunks, float* sum);
    void (*add_chunk_sums)(const ChunkSums&, std::size_t columns);
};

const ScanKernel& scan_kernel_sse2();
const ScanKernel& scan_kernel_avx2();
const ScanKernel& scan_kernel_avx512();
const ScanKernel& scan_kernel_neon();

} // namespace continuo::parallel::cpu
