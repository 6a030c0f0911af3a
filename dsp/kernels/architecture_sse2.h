#pragma once

#include <xsimd/xsimd.hpp>

// An architecture of our own with internal linkage: whatever xsimd instantiates for it stays in the file that
// includes this.
namespace {
struct Architecture : xsimd::sse2 {};
} // namespace

namespace xsimd::types {
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(Architecture, xsimd::sse2);
} // namespace xsimd::types
