// Compiled for AVX-512VL, but with 8 lanes: a layer of 8 channels fills no more, and the 32 registers of the
// encoding are what the backward pass gains from.
#define CONTINUO_ARCH xsimd::fma3<xsimd::avx2>
#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_avx512, "avx512")
