#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_sse2.h"

#include <cstddef>

namespace {
/// A register of double from as many floats, and back.
inline __m128d widen(const float* p) {
    return _mm_cvtps_pd(_mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(p))));
}
inline void narrow(__m128d x, float* p) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), _mm_cvtpd_ps(x));
}

// Of 16 registers, 12 for sums and 4 for the rows of a table.
constexpr std::size_t tile_rows = 4, output_rows = 4, sum_registers = 12;
} // namespace

#include "models/parallel/scan/cpu/scan_kernel.inl.h"

CONTINUO_DEFINE_SCAN_KERNEL(scan_kernel_sse2)

#endif
