#define CONTINUO_ARCH xsimd::fma3<xsimd::avx2>
#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_avx2, "avx2")
