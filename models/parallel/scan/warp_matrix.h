#pragma once

#include "models/parallel/portable.h"

#include <initializer_list>

// Matrix products by one warp, as precise as float, on the tensor cores of a GPU.
//
// These multiply numbers of 11 significant bits (TF32) and sum in float. A float is split into two of them,
// x = high + low, and a product takes three: low·high + high·low + high·high (3xTF32). What is left out,
// low·low, is 2⁻²² of the product. The unit rounds its sums towards zero, so that every group of 8 terms is
// summed by it alone and added to the others here, rounded to nearest.
// Source: Ootomo and Yokota, Recovering single precision accuracy from Tensor Cores (2022); the layout of
// operands among the threads of a warp: PTX ISA, mma.m16n8k8 with .tf32.

namespace continuo::parallel {

/// x to 11 significant bits, to nearest, ties away from zero (as cvt.rna.tf32.f32). [any-thread]
CONTINUO_HOST_DEVICE float round_to_tf32(float x) {
    std::uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x1000u) & 0xffffe000u;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// A thread's part of a left operand of RowTiles × 16 rows and 8 columns. Thread 4 g + q of the warp holds,
/// of each 16 rows: [0] row g, column q; [1] row g + 8, column q; [2], [3] the same of column q + 4.
template <int RowTiles>
struct LeftOperand {
    float high[RowTiles][4], low[RowTiles][4];

    CONTINUO_HOST_DEVICE void set(int tile, int i, float value) {
        high[tile][i] = round_to_tf32(value);
        low[tile][i] = round_to_tf32(value - high[tile][i]);
    }
};

/// Floats of a right operand of 8 rows and 8 columns in memory: for each thread of the warp the high parts of
/// row q and of row q + 4 in column g, then the low parts.
inline constexpr int right_operand_floats = 128;

/// Row and column of a right operand's element: of thread `lane`, `which` is 0 or 1. [any-thread]
CONTINUO_HOST_DEVICE int right_operand_row(int lane, int which) {
    return lane % 4 + 4 * which;
}
CONTINUO_HOST_DEVICE int right_operand_column(int lane) {
    return lane / 4;
}

/// Floats of shared memory that a WarpMatrix needs on the host, where threads hand each other their left
/// operands through it; none on a GPU.
#if defined(__CUDACC__)
template <int RowTiles, int Threads>
inline constexpr int warp_matrix_floats = 0;
#else
template <int RowTiles, int Threads>
inline constexpr int warp_matrix_floats = 2 * Threads * 8 * RowTiles;
#endif

/// Products of the left operand that was given last with right operands. All threads of a block call the same
/// functions in the same order.
///
/// multiply_add() adds the products with `Count` right operands that follow each other to as many sums. A
/// thread's part of a sum of 16 rows and 8 columns: [0], [1] row g, columns 2 q and 2 q + 1; [2], [3] the
/// same of row g + 8.
///
/// \tparam Threads  of the block
template <class Group, int RowTiles, int Threads>
class WarpMatrix {
  public:
#if defined(__CUDACC__)
    CONTINUO_HOST_DEVICE WarpMatrix(Group& group, float*) : lane_(group.thread() % 32) {}
    CONTINUO_HOST_DEVICE void left(const LeftOperand<RowTiles>& operand) {
        left_ = operand;
    }
    template <int Count>
    CONTINUO_HOST_DEVICE void multiply_add(const float* right, float (*sums)[RowTiles][4]) const {
        constexpr int now = Count < 4 ? Count : 4; // so many chains of three hide their latency
        Float4 r[now];
        float products[now][RowTiles][4] = {};
        CONTINUO_UNROLL
        for (int n = 0; n < now; ++n)
            r[n] = *reinterpret_cast<const Float4*>(right + n * right_operand_floats + 4 * lane_);
        CONTINUO_UNROLL
        for (int part = 0; part < 3; ++part) {
            CONTINUO_UNROLL
            for (int n = 0; n < now; ++n) {
                CONTINUO_UNROLL
                for (int tile = 0; tile < RowTiles; ++tile)
                    multiply_add_tf32(part == 0 ? left_.low[tile] : left_.high[tile],
                                      r[n].value[part == 1 ? 2 : 0], r[n].value[part == 1 ? 3 : 1],
                                      products[n][tile]);
            }
        }
        CONTINUO_UNROLL
        for (int n = 0; n < now; ++n) {
            CONTINUO_UNROLL
            for (int tile = 0; tile < RowTiles; ++tile) {
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    sums[n][tile][i] += products[n][tile][i];
            }
        }
        if constexpr (Count > 4)
            multiply_add<Count - 4>(right + 4 * right_operand_floats, sums + 4);
    }

  private:
    // Volatile: the compiler keeps this order, and with it to the registers that there are.
    static CONTINUO_HOST_DEVICE void multiply_add_tf32(const float (&a)[4], float b0, float b1,
                                                       float (&d)[4]) {
#if defined(__CUDA_ARCH__)
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
                     "{%8, %9}, "
                     "{%0, %1, %2, %3};"
                     : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                     : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
                       "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
#endif
    }
    int lane_;
    LeftOperand<RowTiles> left_;
#else
    WarpMatrix(Group& group, float* shared) : group_(group), shared_(shared) {}

    void left(const LeftOperand<RowTiles>& operand) {
        turn_ = 1 - turn_; // so that slower threads may still read the one before
        memcpy(shared_ + (turn_ * Threads + group_.thread()) * operand_floats, &operand, sizeof operand);
        group_.barrier();
    }

    template <int Count>
    void multiply_add(const float* right, float (*sums)[RowTiles][4]) const {
        for (int n = 0; n < Count; ++n)
            for (int tile = 0; tile < RowTiles; ++tile)
                for (int i = 0; i < 4; ++i)
                    sums[n][tile][i] += product(right + n * right_operand_floats, tile, i);
    }

  private:
    float product(const float* right, int tile, int i) const {
        const int lane = group_.thread() % 32, warp = group_.thread() - lane;
        const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
        float sum = 0.0f;
        for (const auto& [left_part, right_part] : {Parts{1, 0}, Parts{0, 1}, Parts{0, 0}}) {
            double exact = double(sum);
            for (int k = 0; k < 8; ++k) {
                const float* owner =
                    shared_ + (turn_ * Threads + warp + row % 8 * 4 + k % 4) * operand_floats;
                exact += double(owner[(left_part * RowTiles + tile) * 4 + row / 8 + k / 4 * 2]) *
                         double(right[4 * (4 * column + k % 4) + 2 * right_part + k / 4]);
            }
            sum = float(exact);
            if (std::fabs(double(sum)) > std::fabs(exact))
                sum = std::nextafter(sum, 0.0f);
        }
        return sum;
    }

    static constexpr int operand_floats = 8 * RowTiles;
    struct Parts {
        int left_part, right_part;
    };
    Group& group_;
    float* shared_;
    int turn_ = 0;
#endif
};

/// Waits for the threads of the warp, and makes what they wrote into shared memory seen. All threads of a
/// block come here equally often: the host waits for all of them.
template <class Group>
CONTINUO_HOST_DEVICE void warp_barrier(Group& group) {
#if defined(__CUDA_ARCH__)
    static_cast<void>(group);
    __syncwarp();
#elif !defined(__CUDACC__)
    group.barrier();
#else
    static_cast<void>(group);
#endif
}

} // namespace continuo::parallel
