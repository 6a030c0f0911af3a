#pragma once

#include <xsimd/xsimd.hpp>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in the file that
// includes this.
namespace {
struct Architecture : xsimd::avx512bw {
    /// Eight values in both halves of a register.
    static __m512 twice(__m256 values) noexcept { return _mm512_broadcast_f32x8(values); }
    static __m256 sum_of_halves(__m512 values) noexcept {
        return _mm256_add_ps(_mm512_castps512_ps256(values), _mm512_extractf32x8_ps(values, 1));
    }
};

/// Halves are added lane by lane until one lane is left.
inline double sum_of_lanes(__m512d values) noexcept {
    const __m256d halves = _mm256_add_pd(_mm512_castpd512_pd256(values), _mm512_extractf64x4_pd(values, 1));
    const __m128d quarters = _mm_add_pd(_mm256_castpd256_pd128(halves), _mm256_extractf128_pd(halves, 1));
    return _mm_cvtsd_f64(_mm_add_sd(quarters, _mm_unpackhi_pd(quarters, quarters)));
}
} // namespace

namespace xsimd::types {
template <class T>
struct get_bool_simd_register<T, Architecture> {
    using type = simd_avx512_bool_register<T>;
};
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::avx512bw);
} // namespace xsimd::types
