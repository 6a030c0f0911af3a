#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_sse2.h"

#include "dsp/gain/kernels/gain_kernel.inl.h"

namespace continuo::dsp::kernels {

const GainTable sse2_gain_table = GainKernel<xsimd::batch<double, Architecture>>::table;

} // namespace continuo::dsp::kernels

#endif
