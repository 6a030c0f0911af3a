#if defined(__x86_64__) || defined(_M_X64)

#include <xsimd/xsimd.hpp>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in this file.
namespace {
struct Architecture : xsimd::sse2 {};
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::sse2);
} // namespace xsimd::types

#include "dsp/kernels/stack_kernel.inl.h"

namespace continuo::dsp::kernels {
namespace {
using Float = xsimd::batch<float, Architecture>;
using Double = xsimd::batch<double, Architecture>;
using Any = AnyVectors<Float, Float, Double>;
} // namespace

const Table sse2_table = Dispatch<Any, Any, Float::size>::table;

} // namespace continuo::dsp::kernels

#endif
