// The products over all chunks of scan_kernel.inl.h, for the backward pass.

namespace continuo::parallel::cpu {
namespace {

/// sum[t][k] += Σ_c left[c][t] right[c][k] for Samples t and Rows registers of k
template <std::size_t Samples, std::size_t Rows>
CONTINUO_INLINE void correlate_tile(const float* left, const float* right, std::size_t chunks,
                                    std::size_t columns, float* sum) {
    Sums<Rows, Samples> sums;
    unroll<Samples * Rows>([&](auto index) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t t = decltype(index)::value / Rows, r = decltype(index)::value % Rows;
        sums.value[r][t] = Batch::load_aligned(sum + t * columns + r * lanes);
    });
    for (std::size_t c = 0; c < chunks; ++c, left += chunk, right += columns) {
        Batch factors[Rows];
        unroll<Rows>([&](auto row) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t r = decltype(row)::value;
            factors[r] = Batch::load_unaligned(right + r * lanes);
        });
        unroll<Samples>([&](auto sample) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t t = decltype(sample)::value;
            const Batch x(left[t]);
            unroll<Rows>([&](auto row) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t r = decltype(row)::value;
                sums.value[r][t] = dsp::multiply_add(factors[r], x, sums.value[r][t]);
            });
        });
    }
    sums.store(sum, columns);
}

/// All samples of [begin, end) for Rows registers.
template <std::size_t Rows>
CONTINUO_INLINE void correlate_samples(std::size_t begin, std::size_t end, const float* left,
                                       const float* right, std::size_t chunks, std::size_t columns,
                                       float* sum) {
    constexpr std::size_t most = sum_registers / Rows < 8 ? sum_registers / Rows : 8;
    std::size_t t = begin;
    for (; t + most <= end; t += most)
        correlate_tile<most, Rows>(left + t, right, chunks, columns, sum + t * columns);
    if constexpr (most > 2)
        for (; t + 2 <= end; t += 2)
            correlate_tile<2, Rows>(left + t, right, chunks, columns, sum + t * columns);
    for (; t < end; ++t)
        correlate_tile<1, Rows>(left + t, right, chunks, columns, sum + t * columns);
}

void correlate(const float* left, const float* right, std::size_t chunks, std::size_t columns, float* sum) {
    for_registers<tile_rows>(columns / lanes, [&]<std::size_t Rows>(
                                                  std::size_t first) CONTINUO_INLINE_LAMBDA {
        correlate_samples<Rows>(0, chunk, left, right + first * lanes, chunks, columns, sum + first * lanes);
    });
}

void correlate_causal(const float* left, const float* right, std::size_t chunks, float* sum) {
    for (std::size_t block = 0; block < chunk_registers; ++block)
        for_registers<tile_rows>(block + 1, [&]<std::size_t Rows>(std::size_t first) CONTINUO_INLINE_LAMBDA {
            correlate_samples<Rows>(block * lanes, (block + 1) * lanes, left, right + first * lanes, chunks,
                                    chunk, sum + first * lanes);
        });
}

} // namespace
} // namespace continuo::parallel::cpu
