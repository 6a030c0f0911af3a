#if defined(__aarch64__) || defined(_M_ARM64)

#include <xsimd/xsimd.hpp>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in this file, so
// that the linker cannot take it in place of another instruction set's.
namespace {
struct Architecture : xsimd::neon64 {};
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::neon64);
} // namespace xsimd::types

#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_neon)

#endif
