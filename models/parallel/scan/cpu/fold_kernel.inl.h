// The steps of scan_kernel.inl.h that are done in double, a register of modes at a time.

namespace continuo::parallel::cpu {
namespace {

using Double = xsimd::batch<double, Architecture>;
constexpr std::size_t double_lanes = Double::size;

/// A register of modes' complex numbers.
struct Modes {
    Double real, imag;

    CONTINUO_INLINE static Modes load(const double* columns, std::size_t half) {
        return {Double::load_unaligned(columns), Double::load_unaligned(columns + half)};
    }
    CONTINUO_INLINE static Modes widen(const float* columns, std::size_t half) {
        return {Double(::widen(columns)), Double(::widen(columns + half))};
    }
    CONTINUO_INLINE void store(double* columns, std::size_t half) const {
        real.store_unaligned(columns);
        imag.store_unaligned(columns + half);
    }
    CONTINUO_INLINE void narrow(float* columns, std::size_t half) const {
        ::narrow(real, columns);
        ::narrow(imag, columns + half);
    }
};

CONTINUO_INLINE Modes multiply_add(const Modes& a, const Modes& b, const Modes& c) {
    return {xsimd::fnma(a.imag, b.imag, dsp::multiply_add(a.real, b.real, c.real)),
            dsp::multiply_add(a.imag, b.real, dsp::multiply_add(a.real, b.imag, c.imag))};
}
CONTINUO_INLINE Modes multiply_add(const Modes& a, Double b, const Modes& c) {
    return {dsp::multiply_add(a.real, b, c.real), dsp::multiply_add(a.imag, b, c.imag)};
}
CONTINUO_INLINE Modes multiply(const Modes& a, Double b) {
    return {a.real * b, a.imag * b};
}

/// Count registers of modes at once hide the latency of each other's sums.
template <std::size_t Count>
CONTINUO_INLINE void fold_modes(const double* over_chunk, double* state, std::size_t chunks, std::size_t half,
                                float* sums, std::ptrdiff_t step) {
    Modes s[Count];
    unroll<Count>([&](auto index) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t i = decltype(index)::value;
        s[i] = Modes::load(state + i * double_lanes, half);
    });
    for (std::size_t c = 0; c < chunks; ++c, sums += step)
        unroll<Count>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            float* at = sums + i * double_lanes;
            const Modes sum = Modes::widen(at, half);
            s[i].narrow(at, half);
            s[i] = multiply_add(Modes::load(over_chunk + i * double_lanes, half), s[i], sum);
        });
    unroll<Count>([&](auto index) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t i = decltype(index)::value;
        s[i].store(state + i * double_lanes, half);
    });
}

void fold_by(const Fold& in, std::size_t chunks, std::size_t columns, float* first, std::ptrdiff_t step) {
    const std::size_t half = columns / 2;
    for_registers<2>(half / double_lanes, [&]<std::size_t Count>(std::size_t r) CONTINUO_INLINE_LAMBDA {
        const std::size_t n = r * double_lanes;
        fold_modes<Count>(in.over_chunk + n, in.state + n, chunks, half, first + n, step);
    });
}

void fold(const Fold& in, std::size_t chunks, std::size_t columns, float* states) {
    fold_by(in, chunks, columns, states, std::ptrdiff_t(columns));
}

void fold_back(const Fold& in, std::size_t chunks, std::size_t columns, float* states) {
    if (chunks > 0)
        fold_by(in, chunks, columns, states + (chunks - 1) * columns, -std::ptrdiff_t(columns));
}

void correlate_states(const float* a, const float* b, std::size_t chunks, std::size_t columns, double* sum) {
    const std::size_t half = columns / 2;
    for_registers<4>(half / double_lanes, [&]<std::size_t Count>(std::size_t r) CONTINUO_INLINE_LAMBDA {
        Modes sums[Count];
        unroll<Count>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            sums[i] = Modes::load(sum + (r + i) * double_lanes, half);
        });
        for (std::size_t c = 0; c < chunks; ++c)
            unroll<Count>([&](auto index) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t i = decltype(index)::value;
                const std::size_t at = c * columns + (r + i) * double_lanes;
                sums[i] = multiply_add(Modes::widen(a + at, half), Modes::widen(b + at, half), sums[i]);
            });
        unroll<Count>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            sums[i].store(sum + (r + i) * double_lanes, half);
        });
    });
}

void add_chunk_sums(const ChunkSums& in, std::size_t columns) {
    const std::size_t half = columns / 2;
    double lags[chunk] = {};
    for (std::size_t t = 0; t < chunk; ++t)
        for (std::size_t k = 0; k <= t; ++k)
            lags[t - k] += double(in.output_inputs[t * chunk + k]);
    for (std::size_t n = 0; n < half; n += double_lanes) {
        const auto power = [&](std::size_t j) CONTINUO_INLINE_LAMBDA {
            return Modes::load(in.powers + j * columns + n, half);
        };
        Modes by_readout = Modes::load(in.by_readout + n, half), read{Double(0.0), Double(0.0)};
        Modes by_lambda =
            multiply_add(multiply(power(chunk - 1), Double(double(chunk))),
                         Modes::load(in.state_adjoints + n, half), Modes::load(in.by_lambda + n, half));
        for (std::size_t t = 0; t < chunk; ++t) {
            const Modes w = Modes::widen(in.output_states + t * columns + n, half);
            by_readout = multiply_add(power(t), Double(lags[t]), by_readout);
            by_readout = multiply_add(power(t + 1), w, by_readout);
            read = multiply_add(power(t), multiply(w, Double(double(t + 1))), read);
        }
        for (std::size_t t = 0; t + 1 < chunk; ++t) {
            const Modes v = Modes::widen(in.input_adjoints + t * columns + n, half);
            read = multiply_add(power(t), Double(double(t + 1) * lags[t + 1]), read);
            by_lambda =
                multiply_add(power(chunk - 2 - t), multiply(v, Double(double(chunk - 1 - t))), by_lambda);
        }
        by_readout.store(in.by_readout + n, half);
        multiply_add(Modes::load(in.readout + n, half), read, by_lambda).store(in.by_lambda + n, half);
    }
}

} // namespace
} // namespace continuo::parallel::cpu
