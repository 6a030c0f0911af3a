#if defined(__x86_64__) || defined(_M_X64)

#include <xsimd/xsimd.hpp>

#include <cstddef>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in this file, so
// that the linker cannot take it in place of another instruction set's.
namespace {
struct Architecture : xsimd::fma3<xsimd::avx2> {
    /// A register of double from as many floats, and back.
    static __m256d widen(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
    static void narrow(__m256d x, float* p) { _mm_storeu_ps(p, _mm256_cvtpd_ps(x)); }
};

// Of 16 registers, 12 for sums; a table comes 4 registers a row.
constexpr std::size_t tile_rows = 4, output_rows = 4, sum_registers = 12;
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::fma3<xsimd::avx2>);
} // namespace xsimd::types

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_avx2)

#endif
