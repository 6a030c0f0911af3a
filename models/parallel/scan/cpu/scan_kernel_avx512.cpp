#if defined(__x86_64__) || defined(_M_X64)

#include <xsimd/xsimd.hpp>

#include <cstddef>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in this file, so
// that the linker cannot take it in place of another instruction set's.
namespace {
struct Architecture : xsimd::avx512bw {
    /// A register of double from as many floats, and back.
    static __m512d widen(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
    static void narrow(__m512d x, float* p) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(x)); }
};

// Of 32 registers, 24 for sums and 2 for the rows of a table.
constexpr std::size_t tile_rows = 2, output_rows = 2, sum_registers = 24;
} // namespace

namespace xsimd::types {
template <class T>
struct get_bool_simd_register<T, Architecture> {
    using type = simd_avx512_bool_register<T>;
};
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::avx512bw);
} // namespace xsimd::types

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_avx512)

#endif
