#if defined(__x86_64__) || defined(_M_X64)

#include <xsimd/xsimd.hpp>

// Two architectures of our own with internal linkage: whatever xsimd instantiates for them stays in this
// file. The half-width one gets the 32 registers of AVX-512VL from the compiler.
namespace {
struct Wide : xsimd::avx512bw {
    /// Eight values in both halves of a register.
    static __m512 twice(__m256 values) noexcept { return _mm512_broadcast_f32x8(values); }
    static __m256 sum_of_halves(__m512 values) noexcept {
        return _mm256_add_ps(_mm512_castps512_ps256(values), _mm512_extractf32x8_ps(values, 1));
    }
};
struct Half : xsimd::fma3<xsimd::avx2> {};
} // namespace

namespace xsimd::types {
template <class T>
struct get_bool_simd_register<T, Wide> {
    using type = simd_avx512_bool_register<T>;
};
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Wide, xsimd::avx512bw);
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Half, xsimd::fma3<xsimd::avx2>);
} // namespace xsimd::types

#include "dsp/kernels/stack_kernel.inl.h"

namespace continuo::dsp::kernels {
namespace {
using WideFloat = xsimd::batch<float, Wide>;
using WideDouble = xsimd::batch<double, Wide>;
using HalfFloat = xsimd::batch<float, Half>;
} // namespace

/// Up to 8 channels: half registers for what is per channel, two modes of all channels in one whole register.
const Table avx512_table = Dispatch<AnyVectors<HalfFloat, WideFloat, WideDouble>,
                                    AnyVectors<WideFloat, WideFloat, WideDouble>, HalfFloat::size>::table;

} // namespace continuo::dsp::kernels

#endif
