#pragma once

#include <xsimd/xsimd.hpp>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in the file that
// includes this.
namespace {
struct Architecture : xsimd::sse2 {};

/// Halves are added lane by lane until one lane is left.
inline double sum_of_lanes(__m128d values) noexcept {
    return _mm_cvtsd_f64(_mm_add_sd(values, _mm_unpackhi_pd(values, values)));
}
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::sse2);
} // namespace xsimd::types
