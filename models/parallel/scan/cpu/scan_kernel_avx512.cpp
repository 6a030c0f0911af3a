#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_avx512.h"

#include <cstddef>

namespace {
/// A register of double from as many floats, and back.
inline __m512d widen(const float* p) {
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
inline void narrow(__m512d x, float* p) {
    _mm256_storeu_ps(p, _mm512_cvtpd_ps(x));
}

// Of 32 registers, 24 for sums and 2 for the rows of a table.
constexpr std::size_t tile_rows = 2, output_rows = 2, sum_registers = 24;
} // namespace

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_avx512)

#endif
