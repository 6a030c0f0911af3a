#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_avx2.h"

#include <cstddef>

namespace {
/// A register of double from as many floats, and back.
inline __m256d widen(const float* p) {
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
inline void narrow(__m256d x, float* p) {
    _mm_storeu_ps(p, _mm256_cvtpd_ps(x));
}

// Of 16 registers, 12 for sums; a table comes 4 registers a row.
constexpr std::size_t tile_rows = 4, output_rows = 4, sum_registers = 12;
} // namespace

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_avx2)

#endif
