#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_avx512.h"

// The half-width one gets the 32 registers of AVX-512VL from the compiler.
namespace {
struct Half : xsimd::fma3<xsimd::avx2> {};
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Half, xsimd::fma3<xsimd::avx2>);
} // namespace xsimd::types

#include "dsp/kernels/stack_kernel.inl.h"

namespace continuo::dsp::kernels {
namespace {
using WideFloat = xsimd::batch<float, Architecture>;
using WideDouble = xsimd::batch<double, Architecture>;
using HalfFloat = xsimd::batch<float, Half>;
} // namespace

/// Up to 8 channels: half registers for what is per channel, two modes of all channels in one whole register.
const Table avx512_table = Dispatch<AnyVectors<HalfFloat, WideFloat, WideDouble>,
                                    AnyVectors<WideFloat, WideFloat, WideDouble>, HalfFloat::size>::table;

} // namespace continuo::dsp::kernels

#endif
