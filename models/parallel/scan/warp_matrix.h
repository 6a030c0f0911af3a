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

/// A thread's part of a right operand of 8 rows and 8 columns: rows q and q + 4 of column g.
struct RightOperand {
    float high[2], low[2];

    CONTINUO_HOST_DEVICE void set(int which, float value) {
        high[which] = round_to_tf32(value);
        low[which] = round_to_tf32(value - high[which]);
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

/// Floats of shared memory that a WarpMatrix and a WarpProduct need on the host, where threads hand each
/// other their operands through it; none on a GPU.
#if defined(__CUDACC__)
template <int RowTiles, int Threads>
inline constexpr int warp_matrix_floats = 0;
template <int Lefts, int Rights, int Threads>
inline constexpr int warp_product_floats = 0;
#else
template <int RowTiles, int Threads>
inline constexpr int warp_matrix_floats = 2 * Threads * 8 * RowTiles;
template <int Lefts, int Rights, int Threads>
inline constexpr int warp_product_floats = 2 * Threads*(8 * Lefts + 4 * Rights);

/// What a tensor core adds to a sum: the products of eight elements exactly, the whole rounded towards zero.
///
/// \param left, right  functions that give element k of a row, and of a column
template <class Left, class Right>
float add_eight_products(float sum, const Left& left, const Right& right) {
    double exact = double(sum);
    for (int k = 0; k < 8; ++k)
        exact += double(left(k)) * double(right(k));
    const float nearest = float(exact);
    return std::fabs(double(nearest)) > std::fabs(exact) ? std::nextafter(nearest, 0.0f) : nearest;
}
#endif

#if defined(__CUDACC__)
// Volatile: the compiler keeps this order, and with it to the registers that there are.
CONTINUO_HOST_DEVICE void multiply_add_tf32(const float (&a)[4], float b0, float b1, float (&d)[4]) {
#if defined(__CUDA_ARCH__)
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
                 "{%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
                   "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
#else
    static_cast<void>(a), static_cast<void>(b0), static_cast<void>(b1), static_cast<void>(d);
#endif
}
#endif

/// Products of the left operand that was given last with right operands. All threads of a block call the same
/// functions in the same order.
///
/// multiply_add() adds the products with `Count` right operands that follow each other to as many sums, those
/// of the left operand's first `Tiles` tiles of rows. A thread's part of a sum of 16 rows and 8 columns: [0],
/// [1] row g, columns 2 q and 2 q + 1; [2], [3] the same of row g + 8.
///
/// \tparam Threads  of the block
template <class Group, int RowTiles, int Threads>
class WarpMatrix {
  public:
#if defined(__CUDACC__)
    CONTINUO_HOST_DEVICE WarpMatrix(Group& group, float*) : lane_(group.thread() % 32) {}
    template <int Tiles>
    CONTINUO_HOST_DEVICE void left(const LeftOperand<Tiles>& operand) {
        CONTINUO_UNROLL
        for (int tile = 0; tile < Tiles; ++tile) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i) {
                left_.high[tile][i] = operand.high[tile][i];
                left_.low[tile][i] = operand.low[tile][i];
            }
        }
    }
    template <int Count, int Tiles>
    CONTINUO_HOST_DEVICE void multiply_add(const float* right, float (*sums)[Tiles][4]) const {
        constexpr int now = Count < 4 ? Count : 4; // so many chains of three hide their latency
        Float4 r[now];
        float products[now][Tiles][4] = {};
        CONTINUO_UNROLL
        for (int n = 0; n < now; ++n)
            r[n] = *reinterpret_cast<const Float4*>(right + n * right_operand_floats + 4 * lane_);
        CONTINUO_UNROLL
        for (int part = 0; part < 3; ++part) {
            CONTINUO_UNROLL
            for (int n = 0; n < now; ++n) {
                CONTINUO_UNROLL
                for (int tile = 0; tile < Tiles; ++tile)
                    multiply_add_tf32(part == 0 ? left_.low[tile] : left_.high[tile],
                                      r[n].value[part == 1 ? 2 : 0], r[n].value[part == 1 ? 3 : 1],
                                      products[n][tile]);
            }
        }
        CONTINUO_UNROLL
        for (int n = 0; n < now; ++n) {
            CONTINUO_UNROLL
            for (int tile = 0; tile < Tiles; ++tile) {
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    sums[n][tile][i] += products[n][tile][i];
            }
        }
        if constexpr (Count > now)
            multiply_add<Count - now>(right + now * right_operand_floats, sums + now);
    }

  private:
    int lane_;
    LeftOperand<RowTiles> left_;
#else
    WarpMatrix(Group& group, float* shared) : group_(group), shared_(shared) {}

    template <int Tiles>
    void left(const LeftOperand<Tiles>& operand) {
        turn_ = 1 - turn_; // so that slower threads may still read the one before
        float* to = shared_ + (turn_ * Threads + group_.thread()) * operand_floats;
        memcpy(to, operand.high, sizeof operand.high);
        memcpy(to + 4 * RowTiles, operand.low, sizeof operand.low);
        group_.barrier();
    }

    template <int Count, int Tiles>
    void multiply_add(const float* right, float (*sums)[Tiles][4]) const {
        for (int n = 0; n < Count; ++n)
            for (int tile = 0; tile < Tiles; ++tile)
                for (int i = 0; i < 4; ++i)
                    sums[n][tile][i] += product(right + n * right_operand_floats, tile, i);
    }

  private:
    float product(const float* right, int tile, int i) const {
        const int lane = group_.thread() % 32, warp = group_.thread() - lane;
        const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
        float sum = 0.0f;
        for (int part = 0; part < 3; ++part)
            sum = add_eight_products(
                sum,
                [&](int k) {
                    const float* owner =
                        shared_ + (turn_ * Threads + warp + row % 8 * 4 + k % 4) * operand_floats;
                    return owner[((part == 0 ? RowTiles : 0) + tile) * 4 + row / 8 + k / 4 * 2];
                },
                [&](int k) { return right[4 * (4 * column + k % 4) + (part == 1 ? 2 : 0) + k / 4]; });
        return sum;
    }

    static constexpr int operand_floats = 8 * RowTiles;
    Group& group_;
    float* shared_;
    int turn_ = 0;
#endif
};

/// sums[sum] += left[left] right[right]
struct ProductOf {
    int left, right, sum;
};

/// Products of operands that the threads of a warp hold, both of them. All threads of a block call
/// multiply_add() equally often. Products of one call that go to the same sum are summed by the unit.
///
/// \tparam Lefts    tiles of 16 rows
/// \tparam Rights   operands of 8 columns
/// \tparam Threads  of the block
template <class Group, int Lefts, int Rights, int Threads>
class WarpProduct {
  public:
#if defined(__CUDACC__)
    CONTINUO_HOST_DEVICE WarpProduct(Group&, float*) {}

    template <int Count, int Sums>
    CONTINUO_HOST_DEVICE void multiply_add(const LeftOperand<Lefts>& left,
                                           const RightOperand (&right)[Rights],
                                           const ProductOf (&list)[Count], float (&sums)[Sums][4]) const {
        float products[Sums][4] = {};
        CONTINUO_UNROLL
        for (int part = 0; part < 3; ++part) {
            CONTINUO_UNROLL
            for (int i = 0; i < Count; ++i) {
                const RightOperand& r = right[list[i].right];
                multiply_add_tf32(part == 0 ? left.low[list[i].left] : left.high[list[i].left],
                                  part == 1 ? r.low[0] : r.high[0], part == 1 ? r.low[1] : r.high[1],
                                  products[list[i].sum]);
            }
        }
        CONTINUO_UNROLL
        for (int n = 0; n < Sums; ++n) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                sums[n][i] += products[n][i];
        }
    }
#else
    WarpProduct(Group& group, float* shared) : group_(group), shared_(shared) {}

    template <int Count, int Sums>
    void multiply_add(const LeftOperand<Lefts>& left, const RightOperand (&right)[Rights],
                      const ProductOf (&list)[Count], float (&sums)[Sums][4]) {
        turn_ = 1 - turn_; // so that slower threads may still read the ones before
        const int lane = group_.thread() % 32, warp = group_.thread() - lane;
        Operands* all = reinterpret_cast<Operands*>(shared_) + turn_ * Threads + warp;
        all[lane].left = left;
        for (int n = 0; n < Rights; ++n)
            all[lane].right[n] = right[n];
        group_.barrier();
        for (int i = 0; i < 4; ++i) {
            const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
            float products[Sums] = {};
            for (int part = 0; part < 3; ++part)
                for (const ProductOf& one : list)
                    products[one.sum] = add_eight_products(
                        products[one.sum],
                        [&](int k) {
                            const LeftOperand<Lefts>& of = all[row % 8 * 4 + k % 4].left;
                            const int element = row / 8 + k / 4 * 2;
                            return part == 0 ? of.low[one.left][element] : of.high[one.left][element];
                        },
                        [&](int k) {
                            const RightOperand& of = all[4 * column + k % 4].right[one.right];
                            return part == 1 ? of.low[k / 4] : of.high[k / 4];
                        });
            for (int n = 0; n < Sums; ++n)
                sums[n][i] += products[n];
        }
    }

  private:
    struct Operands {
        LeftOperand<Lefts> left;
        RightOperand right[Rights];
    };
    static_assert(sizeof(Operands) == (8 * Lefts + 4 * Rights) * sizeof(float));
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
