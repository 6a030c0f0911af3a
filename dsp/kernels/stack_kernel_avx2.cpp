#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_avx2.h"

#include "dsp/kernels/stack_kernel.inl.h"

namespace continuo::dsp::kernels {
namespace {
using Float = xsimd::batch<float, Architecture>;
using Double = xsimd::batch<double, Architecture>;
using Any = AnyVectors<Float, Float, Double>;
} // namespace

const Table avx2_table = Dispatch<Any, Any, Float::size>::table;

} // namespace continuo::dsp::kernels

#endif
