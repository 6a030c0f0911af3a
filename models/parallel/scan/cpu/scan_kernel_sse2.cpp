#if defined(__x86_64__) || defined(_M_X64)

#include <xsimd/xsimd.hpp>

#include <cstddef>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in this file, so
// that the linker cannot take it in place of another instruction set's.
namespace {
struct Architecture : xsimd::sse2 {
    /// A register of double from as many floats, and back.
    static __m128d widen(const float* p) {
        return _mm_cvtps_pd(_mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(p))));
    }
    static void narrow(__m128d x, float* p) { _mm_storel_pi(reinterpret_cast<__m64*>(p), _mm_cvtpd_ps(x)); }
};

// Of 16 registers, 12 for sums and 4 for the rows of a table.
constexpr std::size_t tile_rows = 4, output_rows = 4, sum_registers = 12;
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::sse2);
} // namespace xsimd::types

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_sse2)

#endif
