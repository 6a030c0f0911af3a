#include "tests/benchmarks/scan_recurrence.h"

#if defined(__x86_64__) || defined(_M_X64)

#include <xsimd/xsimd.hpp>

namespace {
struct Architecture : xsimd::fma3<xsimd::avx2> {};
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::fma3<xsimd::avx2>);
} // namespace xsimd::types

namespace scan_speed {

namespace {

using Batch = xsimd::batch<float, Architecture>;
constexpr std::size_t lanes = Batch::size, block = 64;

Batch load(const float* p) {
    return Batch::load_unaligned(p);
}

/// Modes of eight channels over a block: y (+)= their readout.
template <std::size_t Modes, bool First>
void modes_over_block(const float* const (&values)[4], std::size_t at, std::size_t channels,
                      std::size_t frames, const float* u, float* state_real, float* state_imag, float* y) {
    Batch lr[Modes], li[Modes], cr[Modes], ci[Modes], zr[Modes], zi[Modes];
    for (std::size_t m = 0; m < Modes; ++m) {
        const std::size_t place = at + m * channels;
        lr[m] = load(values[0] + place);
        li[m] = load(values[1] + place);
        cr[m] = load(values[2] + place);
        ci[m] = load(values[3] + place);
        zr[m] = load(state_real + place);
        zi[m] = load(state_imag + place);
    }
    for (std::size_t t = 0; t < frames; ++t) {
        const Batch input = load(u + t * channels);
        Batch sum = First ? Batch(0.0f) : load(y + t * channels);
        for (std::size_t m = 0; m < Modes; ++m) {
            const Batch real = xsimd::fnma(li[m], zi[m], xsimd::fma(lr[m], zr[m], input));
            zi[m] = xsimd::fma(li[m], zr[m], lr[m] * zi[m]);
            zr[m] = real;
            sum = xsimd::fnma(ci[m], zi[m], xsimd::fma(cr[m], zr[m], sum));
        }
        sum.store_unaligned(y + t * channels);
    }
    for (std::size_t m = 0; m < Modes; ++m) {
        zr[m].store_unaligned(state_real + at + m * channels);
        zi[m].store_unaligned(state_imag + at + m * channels);
    }
}

} // namespace

bool recurrence_avx2(const float* lambda_real, const float* lambda_imag, const float* readout_real,
                     const float* readout_imag, std::size_t channels, std::size_t modes, std::size_t frames,
                     const float* u, float* state_real, float* state_imag, float* y) {
    const float* const values[4] = {lambda_real, lambda_imag, readout_real, readout_imag};
    for (std::size_t begin = 0; begin < frames; begin += block)
        for (std::size_t channel = 0; channel < channels; channel += lanes) {
            const std::size_t count = begin + block < frames ? block : frames - begin;
            const float* from = u + begin * channels + channel;
            float* to = y + begin * channels + channel;
            modes_over_block<4, true>(values, channel, channels, count, from, state_real, state_imag, to);
            for (std::size_t mode = 4; mode < modes; mode += 4)
                modes_over_block<4, false>(values, mode * channels + channel, channels, count, from,
                                           state_real, state_imag, to);
        }
    return true;
}

} // namespace scan_speed

#else

namespace scan_speed {
bool recurrence_avx2(const float*, const float*, const float*, const float*, std::size_t, std::size_t,
                     std::size_t, const float*, float*, float*, float*) {
    return false;
}
} // namespace scan_speed

#endif
