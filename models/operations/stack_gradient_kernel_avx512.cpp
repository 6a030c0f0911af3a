#if defined(__x86_64__) || defined(_M_X64)

// Compiled for AVX-512VL, but with 8 lanes: a layer of 8 channels fills no more.
#include "dsp/kernels/architecture_avx2.h"

#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_avx512)

#endif
