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
} // namespace

namespace xsimd::types {
template <class T>
struct get_bool_simd_register<T, Architecture> {
    using type = simd_avx512_bool_register<T>;
};
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::avx512bw);
} // namespace xsimd::types
