#if defined(__aarch64__) || defined(_M_ARM64)

// Every AArch64 processor has these instructions, so there is nothing to keep apart from the rest of the
// program.
#include "dsp/kernels/stack_kernel.inl.h"

namespace continuo::dsp::kernels {
namespace {
using Float = xsimd::batch<float, xsimd::neon64>;
using Double = xsimd::batch<double, xsimd::neon64>;
using Any = AnyVectors<Float, Float, Double>;
} // namespace

const Table neon_table = Dispatch<Any, Any, Float::size>::table;

} // namespace continuo::dsp::kernels

#endif
