#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"
#include "models/parallel/scan/warp_lanes.h"

namespace continuo::parallel {

/// A thread's part of S, and later of s: of chunks 4 g + i and modes 4 n + q.
template <int Modes>
class ChunkStates {
  public:
    static constexpr int modes = Modes / 4; ///< that a thread has

    /// S as the sums of WarpMatrix: [8 columns of states][16 chunks][4].
    float sums[modes][ScanTile::row_tiles][4];

    CONTINUO_HOST_DEVICE ComplexFloat get(int n, int i) const {
        return {sums[n][i / 2][i % 2 * 2], sums[n][i / 2][i % 2 * 2 + 1]};
    }
    CONTINUO_HOST_DEVICE void set(int n, int i, const ComplexFloat& value) {
        sums[n][i / 2][i % 2 * 2] = value.real;
        sums[n][i / 2][i % 2 * 2 + 1] = value.imag;
    }

    /// s ← λ⁶⁴ s + S over the warp's chunks from zero, in float: the sums are local, so that what is rounded
    /// is small beside the state that is carried on in double. First four chunks in each thread, then pairs,
    /// fours and eights of threads.
    ///
    /// \param powers  ScanTables::chunk_powers
    /// \param before  the state before chunk 4 g
    /// \param after   in thread 28 + q, the state after the last chunk
    template <class Lanes>
    CONTINUO_HOST_DEVICE void scan(Lanes& lanes, int lane, const float* powers, ComplexFloat (&before)[modes],
                                   ComplexFloat (&after)[modes]) const {
        CONTINUO_UNROLL
        for (int n = 0; n < modes; ++n) {
            const ComplexFloat over_chunk = power(powers, lane, n, 0);
            after[n] = get(n, 0);
            CONTINUO_UNROLL
            for (int i = 1; i < 4; ++i)
                after[n] = multiply_add(over_chunk, after[n], get(n, i));
            CONTINUO_UNROLL
            for (int step = 0; step < 3; ++step) {
                const ComplexFloat earlier = shift(lanes, after[n], 4 << step);
                if (lane >= 4 << step)
                    after[n] = multiply_add(power(powers, lane, n, step + 1), earlier, after[n]);
            }
            before[n] = shift(lanes, after[n], 4);
            if (lane < 4)
                before[n] = {0.0f, 0.0f};
        }
    }

    /// Replaces S by the state before each chunk.
    ///
    /// \param start        [mode], before the warp's first chunk
    /// \param lane_powers  ScanTables::lane_powers
    CONTINUO_HOST_DEVICE void spread(int lane, const float* powers, const float* lane_powers,
                                     const ComplexFloat* start, const ComplexFloat (&before)[modes]) {
        CONTINUO_UNROLL
        for (int n = 0; n < modes; ++n) {
            const int mode = 4 * n + lane % 4;
            const ComplexFloat over_chunk = power(powers, lane, n, 0);
            const ComplexFloat over_lanes =
                *reinterpret_cast<const ComplexFloat*>(lane_powers + 2 * (lane / 4 * Modes + mode));
            ComplexFloat state = multiply_add(over_lanes, start[mode], before[n]);
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i) {
                const ComplexFloat next = multiply_add(over_chunk, state, get(n, i));
                set(n, i, state);
                state = next;
            }
        }
    }

    /// The state before chunk 4 g + `chunk` if the warp begins at zero.
    CONTINUO_HOST_DEVICE ComplexFloat local(int lane, const float* powers, const ComplexFloat& before, int n,
                                            int chunk) const {
        const ComplexFloat over_chunk = power(powers, lane, n, 0);
        ComplexFloat state = before;
        CONTINUO_UNROLL
        for (int i = 0; i < 3; ++i)
            if (i < chunk)
                state = multiply_add(over_chunk, state, get(n, i));
        return state;
    }

    /// The largest part of any of the thread's states.
    CONTINUO_HOST_DEVICE float largest() const {
        float most = 0.0f;
        CONTINUO_UNROLL
        for (int n = 0; n < modes; ++n) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4 * ScanTile::row_tiles; ++i)
                most = fmaxf(most, fabsf(sums[n][i / 4][i % 4]));
        }
        return most;
    }

    /// Columns 16 j to 16 j + 15, scaled, as a left operand.
    CONTINUO_HOST_DEVICE LeftOperand<ScanTile::row_tiles> left_operand(int j, float scale) const {
        LeftOperand<ScanTile::row_tiles> operand;
        CONTINUO_UNROLL
        for (int tile = 0; tile < ScanTile::row_tiles; ++tile) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i) {
                const float* two = &sums[2 * j + i / 2][tile][i % 2 * 2];
                operand.set(tile, i, scale * two[0], scale * two[1]);
            }
        }
        return operand;
    }

  private:
    static CONTINUO_HOST_DEVICE ComplexFloat power(const float* powers, int lane, int n, int which) {
        return *reinterpret_cast<const ComplexFloat*>(powers + 8 * (4 * n + lane % 4) + 2 * which);
    }
    template <class Lanes>
    static CONTINUO_HOST_DEVICE ComplexFloat shift(Lanes& lanes, const ComplexFloat& from, int by) {
        float values[2] = {from.real, from.imag};
        lanes.shift_up(values, by);
        return {values[0], values[1]};
    }
};

} // namespace continuo::parallel
