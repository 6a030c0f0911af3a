#pragma once

#include <xsimd/xsimd.hpp>

// Every AArch64 processor has these instructions, so there is nothing to keep apart from the rest of the
// program.
namespace {
using Architecture = xsimd::neon64;
} // namespace
