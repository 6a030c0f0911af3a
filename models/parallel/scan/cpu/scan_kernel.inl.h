// The bodies behind scan_kernel.h. Each scan_kernel_<set>.cpp includes this file once, compiled for its
// instruction set, after it has declared its Architecture, the rows of registers and the number of registers
// that sums may take; everything here has internal linkage.
#include "dsp/fused_multiply_add.h"
#include "dsp/kernels/unroll.h"
#include "models/parallel/scan/cpu/scan_kernel.h"

#include <xsimd/xsimd.hpp>

#include <cstddef>

namespace continuo::parallel::cpu {
namespace {

using dsp::kernels::unroll;
using Batch = xsimd::batch<float, Architecture>;
constexpr std::size_t lanes = Batch::size;
constexpr std::size_t chunk_registers = chunk / lanes;
static_assert(chunk % lanes == 0 && block_chunks % 12 == 0);

/// Sums of Rows registers for each of Columns chunks. The order of additions is that of the calls.
template <std::size_t Rows, std::size_t Columns>
struct Sums {
    Batch value[Rows][Columns];

    CONTINUO_INLINE void clear() {
        unroll<Rows * Columns>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            value[i / Columns][i % Columns] = Batch(0.0f);
        });
    }

    /// += left[row] right[column] for rows First to End
    template <std::size_t First = 0, std::size_t End = Rows>
    CONTINUO_INLINE void add(const float* left, const float* right, std::size_t right_stride) {
        Batch factors[End - First];
        unroll<End - First>([&](auto row) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t r = decltype(row)::value;
            factors[r] = Batch::load_aligned(left + r * lanes);
        });
        unroll<Columns>([&](auto column) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t c = decltype(column)::value;
            const Batch x(right[c * right_stride]);
            unroll<End - First>([&](auto row) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t r = decltype(row)::value;
                value[First + r][c] = dsp::multiply_add(factors[r], x, value[First + r][c]);
            });
        });
    }

    /// \param stride  floats between chunks
    CONTINUO_INLINE void store(float* to, std::size_t stride) const {
        unroll<Columns>([&](auto column) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t c = decltype(column)::value;
            unroll<Rows>([&](auto row) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t r = decltype(row)::value;
                value[r][c].store_unaligned(to + c * stride + r * lanes);
            });
        });
    }
};

/// f.template operator()<Columns>(chunk) over all chunks: as many at once as registers hold, then one at a
/// time. A chunk's bits do not depend on its company.
template <std::size_t Columns, class Function>
CONTINUO_INLINE void for_chunks(std::size_t chunks, const Function& f) {
    std::size_t c = 0;
    for (; c + Columns <= chunks; c += Columns)
        f.template operator()<Columns>(c);
    if constexpr (Columns > 4)
        for (; c + 4 <= chunks; c += 4)
            f.template operator()<4>(c);
    for (; c < chunks; ++c)
        f.template operator()<1>(c);
}

/// f.template operator()<Registers>(first) over all of a column's registers, in groups of four, two and one.
template <std::size_t Most, class Function>
CONTINUO_INLINE void for_registers(std::size_t registers, const Function& f) {
    std::size_t r = 0;
    for (; r + Most <= registers; r += Most)
        f.template operator()<Most>(r);
    if constexpr (Most >= 4)
        for (; r + 2 <= registers; r += 2)
            f.template operator()<2>(r);
    if constexpr (Most >= 2)
        for (; r < registers; ++r)
            f.template operator()<1>(r);
}

void into_states(const float* table, const float* signal, std::size_t chunks, std::size_t columns,
                 float* states) {
    for_registers<tile_rows>(
        columns / lanes, [&]<std::size_t Rows>(std::size_t first) CONTINUO_INLINE_LAMBDA {
            for_chunks<sum_registers / Rows>(
                chunks, [&]<std::size_t Columns>(std::size_t c) CONTINUO_INLINE_LAMBDA {
                    Sums<Rows, Columns> sums;
                    sums.clear();
                    const float *left = table + first * lanes, *right = signal + c * chunk;
                    for (std::size_t t = 0; t < chunk; ++t, left += columns)
                        sums.add(left, right + t, chunk);
                    sums.store(states + c * columns + first * lanes, columns);
                });
        });
}

/// Registers First to First + Rows of the output of Columns chunks from G s.
template <std::size_t Rows, std::size_t Columns>
CONTINUO_INLINE void add_states(Sums<Rows, Columns>& sums, const float* from_states, const float* states,
                                std::size_t columns) {
    for (std::size_t i = 0; i < columns; ++i, from_states += chunk)
        sums.add(from_states, states + i, columns);
}

void output(const float* impulse, const float* from_states, const float* signal, const float* states,
            std::size_t chunks, std::size_t columns, float* y) {
    constexpr std::size_t Rows = output_rows;
    unroll<chunk_registers / Rows>([&](auto group) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t first = decltype(group)::value * Rows;
        for_chunks<sum_registers / Rows>(chunks, [&]<std::size_t Columns>(
                                                     std::size_t c) CONTINUO_INLINE_LAMBDA {
            Sums<Rows, Columns> sums;
            sums.clear();
            add_states(sums, from_states + first * lanes, states + c * columns, columns);
            const float* right = signal + c * chunk;
            // Samples before these rows' registers reach them all, those of register r its own and later.
            for (std::size_t t = 0; t < first; ++t)
                for (std::size_t i = 0; i < lanes; ++i)
                    sums.add(impulse + i * chunk + (first - t) * lanes, right + t * lanes + i, chunk);
            unroll<Rows>([&](auto row) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t r = decltype(row)::value;
                for (std::size_t i = 0; i < lanes; ++i)
                    sums.template add<r, Rows>(impulse + i * chunk, right + (first + r) * lanes + i, chunk);
            });
            sums.store(y + c * chunk + first * lanes, chunk);
        });
    });
}

/// The rows of Kᵀ for one sample: register r holds h_{t − r · lanes − lane}, r from 0 to t / lanes.
template <std::size_t First, std::size_t End, std::size_t Rows, std::size_t Columns>
CONTINUO_INLINE void add_transposed(Sums<Rows, Columns>& sums, const float* table, std::size_t later,
                                    const float* right) {
    Batch factors[End - First];
    unroll<End - First>([&](auto row) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t r = decltype(row)::value;
        factors[r] = Batch::load_aligned(table + (later - r) * lanes);
    });
    unroll<Columns>([&](auto column) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t c = decltype(column)::value;
        const Batch x(right[c * chunk]);
        unroll<End - First>([&](auto row) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t r = decltype(row)::value;
            sums.value[First + r][c] = dsp::multiply_add(factors[r], x, sums.value[First + r][c]);
        });
    });
}

void output_back(const float* impulse, const float* from_states, const float* signal, const float* states,
                 std::size_t chunks, std::size_t columns, float* y) {
    constexpr std::size_t Rows = output_rows;
    unroll<chunk_registers / Rows>([&](auto group) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t first = decltype(group)::value * Rows;
        for_chunks<sum_registers / Rows>(chunks, [&]<std::size_t Columns>(
                                                     std::size_t c) CONTINUO_INLINE_LAMBDA {
            Sums<Rows, Columns> sums;
            sums.clear();
            add_states(sums, from_states + first * lanes, states + c * columns, columns);
            const float* right = signal + c * chunk;
            // Samples of register r reach these rows' registers up to it, later ones all of them.
            unroll<Rows>([&](auto row) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t r = decltype(row)::value;
                for (std::size_t i = 0; i < lanes; ++i)
                    add_transposed<0, r + 1>(sums, impulse + i * chunk, r, right + (first + r) * lanes + i);
            });
            for (std::size_t t = first + Rows; t < chunk_registers; ++t)
                for (std::size_t i = 0; i < lanes; ++i)
                    add_transposed<0, Rows>(sums, impulse + i * chunk, t - first, right + t * lanes + i);
            sums.store(y + c * chunk + first * lanes, chunk);
        });
    });
}

} // namespace
} // namespace continuo::parallel::cpu

#include "models/parallel/scan/cpu/correlation_kernel.inl.h"
#include "models/parallel/scan/cpu/fold_kernel.inl.h"

#define CONTINUO_DEFINE_SCAN_KERNEL(function)                                                                \
    namespace continuo::parallel::cpu {                                                                      \
    const ScanKernel& function() {                                                                           \
        static constexpr ScanKernel kernel{lanes,         into_states,      fold,                            \
                                           fold_back,     output,           output_back,                     \
                                           correlate,     correlate_states, correlate_causal,                \
                                           add_chunk_sums};                                                  \
        return kernel;                                                                                       \
    }                                                                                                        \
    }
