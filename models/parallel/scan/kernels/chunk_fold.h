#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// A thread's part of S: [8 columns of states][16 chunks][4 of the sum].
template <int Modes>
struct StateSums {
    float value[Modes / 4][ScanTile::row_tiles][4];
};

/// S += E U: the part of 8 samples of every chunk, of 16 number `sixteen` those that are left operand `half`.
template <int Modes, class Matrix>
CONTINUO_HOST_DEVICE void add_into_states(const Matrix& matrix, int sixteen, int half, const float* tables,
                                          StateSums<Modes>& s) {
    constexpr int state_tiles = ScanTables<Modes>::state_tiles;
    matrix.template multiply_add<state_tiles>(
        tables + (2 * sixteen + half) * state_tiles * right_operand_floats, s.value);
}

/// s ← λ⁶⁴ s + S over the chunks of a tile, in double. A thread folds one mode over a run of chunks, from
/// zero; then, after a barrier, every thread over the runs before its own; then again over its own run. The
/// order depends on nothing.
///
/// \tparam Warps      that share the tile, neighbouring chunks each
/// \tparam Backwards  from the last chunk to the first: "before" and "after" are meant in this order
template <int Modes, int Warps = ScanTile::warps, bool Backwards = false>
class ChunkFold {
  public:
    static constexpr int warp_chunks = ScanTile::chunks / Warps;
    static constexpr int warp_runs = 32 / Modes, runs = Warps * warp_runs;
    static constexpr int run_chunks = warp_chunks / warp_runs;
    static constexpr int stride = 2 * Modes + 8; ///< floats between chunks, nearly free of conflicts
    static constexpr int sums_floats = ScanTile::chunks * stride;
    static constexpr int ends_floats = 2 * runs * Modes * int(sizeof(Complex) / sizeof(float));
    static constexpr int shared_floats = sums_floats + ends_floats;

    /// \param delta_real, delta_imag  [mode] of the channel, `modes` of them
    /// \param carry  the state before the first tile, of this thread's mode
    CONTINUO_HOST_DEVICE ChunkFold(int thread, int modes, const float* delta_real, const float* delta_imag,
                                   float* shared)
        : mode_(thread % Modes), run_(thread / Modes),
          ends_(reinterpret_cast<Complex*>(shared + sums_floats)),
          sums_(shared + thread / 32 * warp_chunks * stride) {
        lambda_ = mode_ < modes ? Complex{1.0 + double(delta_real[mode_]), double(delta_imag[mode_])}
                                : Complex{0.0, 0.0};
        over_chunk_ = power(lambda_, ScanTile::chunk);
        over_run_ = power(over_chunk_, run_chunks);
    }

    CONTINUO_HOST_DEVICE int mode() const { return mode_; }
    CONTINUO_HOST_DEVICE const Complex& lambda() const { return lambda_; }
    CONTINUO_HOST_DEVICE const Complex& over_chunk() const { return over_chunk_; }
    /// First chunk of this thread's run in the tile.
    CONTINUO_HOST_DEVICE int first_chunk() const { return run_ * run_chunks; }
    /// The S of this warp, and later the s before each chunk: [chunk][stride] with [mode][real, imaginary].
    CONTINUO_HOST_DEVICE float* sums() const { return sums_; }

    /// Takes this thread's part of S = E U to where the warp finds it.
    CONTINUO_HOST_DEVICE void put(int lane, const StateSums<Modes>& s) const {
        CONTINUO_UNROLL
        for (int n = 0; n < Modes / 4; ++n) {
            CONTINUO_UNROLL
            for (int r = 0; r < 4; ++r) {
                float* to = sums_ + (8 * r + lane / 4) * stride + 8 * n + 2 * (lane % 4);
                to[0] = s.value[n][r / 2][r % 2 * 2];
                to[1] = s.value[n][r / 2][r % 2 * 2 + 1];
            }
        }
    }

    /// Adds to the S of a chunk of this thread's run.
    CONTINUO_HOST_DEVICE void add(int chunk, const Complex& value) const {
        float* s = sums_ + (run_ % warp_runs * run_chunks + chunk) * stride + 2 * mode_;
        s[0] += float(value.real);
        s[1] += float(value.imag);
    }

    /// Folds this thread's run; the warp's S are there. A barrier of the block follows.
    CONTINUO_HOST_DEVICE void fold_run() {
        turn_ = 1 - turn_; // so that slower threads may still read those of the tile before
        Complex state{0.0, 0.0};
        const float* s = sums_ + run_ % warp_runs * run_chunks * stride + 2 * mode_;
        CONTINUO_UNROLL
        for (int i = 0; i < run_chunks; ++i) {
            const int c = turned(i, run_chunks);
            state = multiply_add(over_chunk_, state, {double(s[c * stride]), double(s[c * stride + 1])});
        }
        ends_[(turn_ * runs + run_) * Modes + mode_] = state;
    }

    /// After that: the state before this thread's run, given that before the tile, which becomes that after
    /// it.
    CONTINUO_HOST_DEVICE Complex start_of_run(Complex& carry) const {
        Complex start = carry;
        for (int i = 0; i < runs; ++i) {
            const int r = turned(i, runs);
            if (r == run_)
                start = carry;
            carry = multiply_add(over_run_, carry, ends_[(turn_ * runs + r) * Modes + mode_]);
        }
        return start;
    }

    /// Both, with the barriers around them.
    template <class Group>
    CONTINUO_HOST_DEVICE Complex advance(Group& group, Complex& carry) {
        warp_barrier(group);
        fold_run();
        group.barrier();
        return start_of_run(carry);
    }

    /// Writes the state before each chunk of the run in place of S. \return that before chunk `wanted` of the
    /// run, or `start` where it has no such chunk
    template <class Group>
    CONTINUO_HOST_DEVICE Complex spread(Group& group, const Complex& start, int wanted) {
        Complex state = start, found = start;
        float* s = sums_ + run_ % warp_runs * run_chunks * stride + 2 * mode_;
        CONTINUO_UNROLL
        for (int i = 0; i < run_chunks; ++i) {
            const int c = turned(i, run_chunks);
            if (c == wanted)
                found = state;
            const Complex sum{double(s[c * stride]), double(s[c * stride + 1])};
            s[c * stride] = float(state.real);
            s[c * stride + 1] = float(state.imag);
            state = multiply_add(over_chunk_, state, sum);
        }
        warp_barrier(group);
        return found;
    }

  private:
    /// Number i of `count` in the order of the fold.
    CONTINUO_HOST_DEVICE static int turned(int i, int count) { return Backwards ? count - 1 - i : i; }

    int mode_, run_, turn_ = 0;
    Complex* ends_;
    float* sums_;
    Complex lambda_, over_chunk_, over_run_;
};

} // namespace continuo::parallel
