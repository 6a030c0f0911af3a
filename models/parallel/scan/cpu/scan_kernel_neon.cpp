#if defined(__aarch64__) || defined(_M_ARM64)

#include "dsp/kernels/architecture_neon.h"

#include <cstddef>

namespace {
/// A register of double from as many floats, and back.
inline float64x2_t widen(const float* p) {
    return vcvt_f64_f32(vld1_f32(p));
}
inline void narrow(float64x2_t x, float* p) {
    vst1_f32(p, vcvt_f32_f64(x));
}

// Of 32 registers, 24 for sums and 4 for the rows of a table.
constexpr std::size_t tile_rows = 4, output_rows = 4, sum_registers = 24;
} // namespace

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_neon)

#endif
