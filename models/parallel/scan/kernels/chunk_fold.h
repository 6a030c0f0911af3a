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
/// \tparam Tile       ScanTile or GradientTile
/// \tparam Backwards  from the last chunk to the first: "before" and "after" are meant in this order
template <int Modes, class Tile = ScanTile, bool Backwards = false>
class ChunkFold {
  public:
    static constexpr int warp_chunks = Tile::warp_chunks;
    static constexpr int warp_runs = 32 / Modes, runs = Tile::warps * warp_runs;
    static constexpr int run_chunks = warp_chunks / warp_runs;
    static constexpr int stride = 2 * Modes + 8; ///< floats between chunks, nearly free of conflicts
    static constexpr int sums_floats = Tile::warps * warp_chunks * stride;
    static constexpr int ends_floats = 2 * runs * Modes * int(sizeof(Complex) / sizeof(float));
    static constexpr int powers_floats = 4 * Modes * int(sizeof(Complex) / sizeof(float));
    static constexpr int shared_floats = sums_floats + ends_floats + powers_floats;

    /// \param delta_real, delta_imag  [mode] of the channel, `modes` of them
    /// A barrier of the block follows.
    CONTINUO_HOST_DEVICE ChunkFold(int thread, int modes, const float* delta_real, const float* delta_imag,
                                   float* shared)
        : mode_(thread % Modes), run_(thread / Modes),
          ends_(reinterpret_cast<Complex*>(shared + sums_floats)),
          sums_(shared + thread / 32 * warp_chunks * stride),
          powers_(reinterpret_cast<Complex*>(shared + sums_floats + ends_floats) + 4 * mode_) {
        if (thread < Modes) {
            powers_[0] = mode_ < modes ? Complex{1.0 + double(delta_real[mode_]), double(delta_imag[mode_])}
                                       : Complex{0.0, 0.0};
            powers_[1] = power(powers_[0], ScanTile::chunk);
            powers_[2] = power(powers_[1], run_chunks);
            powers_[3] = power(powers_[2], runs);
        }
    }

    CONTINUO_HOST_DEVICE int mode() const { return mode_; }
    CONTINUO_HOST_DEVICE Complex lambda() const { return powers_[0]; }
    CONTINUO_HOST_DEVICE Complex over_tile() const { return powers_[3]; }
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
        const Complex over_chunk = powers_[1];
        Complex state{0.0, 0.0};
        const float* s = sums_ + run_ % warp_runs * run_chunks * stride + 2 * mode_;
        CONTINUO_UNROLL
        for (int i = 0; i < run_chunks; ++i) {
            const int c = turned(i, run_chunks);
            state = multiply_add(over_chunk, state, {double(s[c * stride]), double(s[c * stride + 1])});
        }
        ends_[(turn_ * runs + run_) * Modes + mode_] = state;
    }

    /// After that: the state before this thread's run, given that before the tile, which becomes that after
    /// it.
    CONTINUO_HOST_DEVICE Complex start_of_run(Complex& carry) const {
        const Complex over_run = powers_[2];
        Complex start = carry;
        for (int i = 0; i < runs; ++i) {
            const int r = turned(i, runs);
            if (r == run_)
                start = carry;
            carry = multiply_add(over_run, carry, ends_[(turn_ * runs + r) * Modes + mode_]);
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
        const Complex over_chunk = powers_[1];
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
            state = multiply_add(over_chunk, state, sum);
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
    Complex* powers_; ///< of this thread's mode over a sample, a chunk, a run and a tile: in shared memory,
                      ///< for want of registers
};

} // namespace continuo::parallel
