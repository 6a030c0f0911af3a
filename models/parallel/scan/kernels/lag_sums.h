#pragma once

#include "models/parallel/scan/kernels/staged_tile.h"

namespace continuo::parallel {

/// R_j = Σ_c Σ_t a_{t+j} b_t within the chunks c of a tile, for the lags j of a chunk, on tensor cores:
/// blocks of 16 samples of a are the rows of left operands, blocks of b the columns of right ones, chunks are
/// what is summed over. Blocks at the same distance in time share their sums. Each warp sums over its own
/// chunks.
///
/// \tparam Signal  a StagedTile
template <class Signal>
class LagSums {
  public:
    static constexpr int warps = Signal::warps, threads = 32 * warps;
    static constexpr int blocks = ScanTile::chunk / 16; ///< of a chunk; as many distances
    static constexpr int warp_floats = blocks * 16 * 16;
    static constexpr int shared_floats = warps * warp_floats; ///< of put()
    template <class Group>
    using Product = WarpProduct<Group, blocks, 2 * blocks, threads>;
    static constexpr int product_floats = warp_product_floats<blocks, 2 * blocks, threads>;

    CONTINUO_HOST_DEVICE LagSums() {
        CONTINUO_UNROLL
        for (int n = 0; n < 2 * blocks; ++n) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                sums_[n][i] = 0.0f;
        }
    }

    /// Adds the chunks of a warp, eight at a time.
    template <class Group>
    CONTINUO_HOST_DEVICE void add(Product<Group>& product, int lane, const Signal& a, const Signal& b) {
        // Right operand 2 k + odd holds the even or the odd samples of block k.
        constexpr ProductOf list[] = {{0, 0, 0}, {0, 1, 1}, {1, 0, 2}, {1, 1, 3}, {2, 0, 4},
                                      {2, 1, 5}, {3, 0, 6}, {3, 1, 7}, {1, 2, 0}, {1, 3, 1},
                                      {2, 2, 2}, {2, 3, 3}, {3, 2, 4}, {3, 3, 5}, {2, 4, 0},
                                      {2, 5, 1}, {3, 4, 2}, {3, 5, 3}, {3, 6, 0}, {3, 7, 1}};
        static_assert(blocks == 4, "the list is of all pairs of blocks");
        CONTINUO_KEEP_LOOP
        for (int first = 0; first < Signal::warp_chunks; first += 8) {
            LeftOperand<blocks> left;
            RightOperand right[2 * blocks];
            CONTINUO_UNROLL
            for (int block = 0; block < blocks; ++block) {
                CONTINUO_UNROLL
                for (int which = 0; which < 2; ++which) {
                    const int chunk = first + lane % 4 + 4 * which, sample = 16 * block + 2 * (lane / 4);
                    const Float2 of_a = a.pair(chunk, sample), of_b = b.pair(chunk, sample);
                    CONTINUO_UNROLL
                    for (int odd = 0; odd < 2; ++odd) {
                        left.set(block, 2 * which + odd, of_a.value[odd]);
                        right[2 * block + odd].set(which, of_b.value[odd]);
                    }
                }
            }
            product.multiply_add(left, right, list, sums_);
        }
    }

    /// Writes the warp's sums to shared memory: [warp][distance][sample of a][sample of b].
    CONTINUO_HOST_DEVICE void put(int thread, float* shared) const {
        const int lane = thread % 32;
        float* to = shared + thread / 32 * warp_floats;
        CONTINUO_UNROLL
        for (int n = 0; n < 2 * blocks; ++n) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                to[n / 2 * 256 + (2 * (lane / 4) + i / 2) * 16 + 2 * (2 * (lane % 4) + i % 2) + n % 2] =
                    sums_[n][i];
        }
    }

    /// R_j from what all warps have put.
    CONTINUO_HOST_DEVICE static double lag(int j, const float* shared) {
        const int distance = j / 16, within = j % 16;
        double sum = 0.0;
        for (int warp = 0; warp < warps; ++warp, shared += warp_floats)
            for (int b = 0; b < 16; ++b) { // a is in the block at this distance, or in the one after it
                const int a = b + within;
                if (a < 16)
                    sum += double(shared[(distance * 16 + a) * 16 + b]);
                else if (distance + 1 < blocks)
                    sum += double(shared[((distance + 1) * 16 + a - 16) * 16 + b]);
            }
        return sum;
    }

  private:
    float sums_[2 * blocks][4]; ///< of each distance the even and the odd samples of b
};

} // namespace continuo::parallel
