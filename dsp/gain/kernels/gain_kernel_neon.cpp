#if defined(__aarch64__) || defined(_M_ARM64)

#include "dsp/kernels/architecture_neon.h"

#include "dsp/gain/kernels/gain_kernel.inl.h"

namespace continuo::dsp::kernels {

const GainTable neon_gain_table = GainKernel<xsimd::batch<double, Architecture>>::table;

} // namespace continuo::dsp::kernels

#endif
