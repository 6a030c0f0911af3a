#pragma once

#include "models/parallel/scan/half_pair.h"

// Matrix products by one warp, as precise as float, on the tensor cores of a GPU.
//
// These multiply numbers of 11 significant bits and sum in float. A float is split into two of them,
// x = high + low, and a product takes three: low·high + high·low + high·high. What is left out, low·low, is
// 2⁻²² of the product. The unit rounds its sums towards zero, so that every group of 16 terms is summed by it
// alone and added to the others here, rounded to nearest.
// Source: Ootomo and Yokota, Recovering single precision accuracy from Tensor Cores (2022); the layout of
// operands among the threads of a warp: PTX ISA, mma.m16n8k16 with .f16.

namespace continuo::parallel {

/// A thread's part of a left operand of RowTiles × 16 rows and 16 columns. Thread 4 g + q of the warp holds,
/// of each 16 rows: [0] row g, columns 2 q and 2 q + 1; [1] the same of row g + 8; [2], [3] the same of
/// columns 2 q + 8 and 2 q + 9.
template <int RowTiles>
struct LeftOperand {
    HalfPair high[RowTiles][4], low[RowTiles][4];

    CONTINUO_HOST_DEVICE void set(int tile, int i, float first, float second) {
        const SplitPair pair = split(first, second);
        high[tile][i] = pair.high;
        low[tile][i] = pair.low;
    }
};

/// A thread's part of a right operand of 16 rows and 8 columns, of column g: [0] rows 2 q and 2 q + 1, [1]
/// rows 2 q + 8 and 2 q + 9.
struct alignas(16) RightOperand {
    HalfPair high[2], low[2];
};
/// Floats' room of a right operand in memory, thread after thread of the warp.
inline constexpr int right_operand_floats = 32 * int(sizeof(RightOperand) / sizeof(float));

/// Floats of shared memory that a WarpMatrix needs on the host, where threads hand each other their left
/// operands through it; none on a GPU.
#if defined(__CUDACC__)
template <int RowTiles, int Lefts, int Threads>
inline constexpr int warp_matrix_floats = 0;
#else
template <int RowTiles, int Lefts, int Threads>
inline constexpr int warp_matrix_floats = Lefts* Threads * 8 * RowTiles;
#endif

/// Products of left operands that it holds with right operands in shared memory. All threads of a block call
/// the same functions in the same order.
///
/// multiply_add() adds `factor` times the products with two right operands that follow each other to two
/// sums. A thread's part of a sum of 16 rows and 8 columns: [0], [1] row g, columns 2 q and 2 q + 1; [2], [3]
/// the same of row g + 8.
///
/// \tparam Lefts    how many left operands it holds
/// \tparam Threads  of the block
template <class Group, int RowTiles, int Lefts, int Threads>
class WarpMatrix {
  public:
#if defined(__CUDACC__)
    CONTINUO_HOST_DEVICE WarpMatrix(Group& group, float*) : lane_(group.thread() % 32) {}
    /// Takes a left operand. `which` is known at compile time, once loops are unrolled.
    CONTINUO_HOST_DEVICE void left(int which, const LeftOperand<RowTiles>& operand) {
        left_[which] = operand;
    }
    /// Makes the left operands taken so far known to the warp.
    CONTINUO_HOST_DEVICE void share() {}

    CONTINUO_HOST_DEVICE void multiply_add(int which, const float* right, float factor0, float factor1,
                                           float (*sums)[RowTiles][4]) const {
        RightOperand r[2];
        float products[2][RowTiles][4];
        CONTINUO_UNROLL
        for (int n = 0; n < 2; ++n)
            r[n] = *reinterpret_cast<const RightOperand*>(right + n * right_operand_floats + 4 * lane_);
        // Chains of three, next to each other: one waits for its unit while the others run.
        CONTINUO_UNROLL
        for (int part = 0; part < 3; ++part) {
            CONTINUO_UNROLL
            for (int n = 0; n < 2; ++n) {
                CONTINUO_UNROLL
                for (int tile = 0; tile < RowTiles; ++tile) {
                    if (part == 0)
                        multiply(left_[which].low[tile], r[n].high, products[n][tile]);
                    else
                        multiply_add_halves(left_[which].high[tile], part == 1 ? r[n].low : r[n].high,
                                            products[n][tile]);
                }
            }
        }
        CONTINUO_UNROLL
        for (int n = 0; n < 2; ++n) {
            CONTINUO_UNROLL
            for (int tile = 0; tile < RowTiles; ++tile) {
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    sums[n][tile][i] =
                        fused(products[n][tile][i], n == 0 ? factor0 : factor1, sums[n][tile][i]);
            }
        }
    }

  private:
    static CONTINUO_HOST_DEVICE void multiply(const HalfPair (&a)[4], const HalfPair (&b)[2], float (&d)[4]) {
#if defined(__CUDA_ARCH__)
        asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
            "{%8, %9}, {%10, %10, %10, %10};"
            : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(0.0f));
#endif
    }
    static CONTINUO_HOST_DEVICE void multiply_add_halves(const HalfPair (&a)[4], const HalfPair (&b)[2],
                                                         float (&d)[4]) {
#if defined(__CUDA_ARCH__)
        asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
            "{%8, %9}, {%0, %1, %2, %3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
    }
    int lane_;
    LeftOperand<RowTiles> left_[Lefts];
#else
    WarpMatrix(Group& group, float* shared) : group_(group), shared_(shared) {}

    void left(int which, const LeftOperand<RowTiles>& operand) {
        memcpy(shared_ + (which * Threads + group_.thread()) * operand_floats, &operand, sizeof operand);
    }
    void share() {
        group_.barrier();
    }

    void multiply_add(int which, const float* right, float factor0, float factor1,
                      float (*sums)[RowTiles][4]) const {
        for (int n = 0; n < 2; ++n)
            for (int tile = 0; tile < RowTiles; ++tile)
                for (int i = 0; i < 4; ++i)
                    sums[n][tile][i] = fused(product(which, right + n * right_operand_floats, tile, i),
                                             n == 0 ? factor0 : factor1, sums[n][tile][i]);
    }

  private:
    float product(int which, const float* right, int tile, int i) const {
        const int lane = group_.thread() % 32, warp = group_.thread() - lane;
        const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
        float sum = 0.0f;
        for (int part = 0; part < 3; ++part) {
            double exact = double(sum);
            for (int k = 0; k < 16; ++k) {
                LeftOperand<RowTiles> a;
                RightOperand b;
                memcpy(&a, shared_ + (which * Threads + warp + row % 8 * 4 + k % 8 / 2) * operand_floats,
                       sizeof a);
                memcpy(&b, right + 4 * (4 * column + k % 8 / 2), sizeof b);
                const HalfPair from_left = (part == 0 ? a.low : a.high)[tile][row / 8 + k / 8 * 2];
                const HalfPair from_right = (part == 1 ? b.low : b.high)[k / 8];
                exact += double(value_of(from_left, k % 2)) * double(value_of(from_right, k % 2));
            }
            sum = float(exact);
            if (std::fabs(double(sum)) > std::fabs(exact))
                sum = std::nextafter(sum, 0.0f);
        }
        return sum;
    }

    static constexpr int operand_floats = 8 * RowTiles;
    Group& group_;
    float* shared_;
#endif
};

} // namespace continuo::parallel
