#if defined(__aarch64__) || defined(_M_ARM64)

#include <xsimd/xsimd.hpp>

#include <cstddef>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in this file, so
// that the linker cannot take it in place of another instruction set's.
namespace {
struct Architecture : xsimd::neon64 {
    /// A register of double from as many floats, and back.
    static float64x2_t widen(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }
    static void narrow(float64x2_t x, float* p) { vst1_f32(p, vcvt_f32_f64(x)); }
};

// Of 32 registers, 24 for sums and 4 for the rows of a table.
constexpr std::size_t tile_rows = 4, output_rows = 4, sum_registers = 24;
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::neon64);
} // namespace xsimd::types

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_neon)

#endif
