#pragma once

#include <xsimd/xsimd.hpp>

// Every AArch64 processor has these instructions, so there is nothing to keep apart from the rest of the
// program.
namespace {
using Architecture = xsimd::neon64;

/// Halves are added lane by lane until one lane is left.
inline double sum_of_lanes(float64x2_t values) noexcept {
    return vaddvq_f64(values);
}
} // namespace
