#pragma once

#include <xsimd/xsimd.hpp>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in the file that
// includes this.
namespace {
struct Architecture : xsimd::fma3<xsimd::avx2> {};

/// Halves are added lane by lane until one lane is left.
inline double sum_of_lanes(__m256d values) noexcept {
    const __m128d halves = _mm_add_pd(_mm256_castpd256_pd128(values), _mm256_extractf128_pd(values, 1));
    return _mm_cvtsd_f64(_mm_add_sd(halves, _mm_unpackhi_pd(halves, halves)));
}
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::fma3<xsimd::avx2>);
} // namespace xsimd::types
