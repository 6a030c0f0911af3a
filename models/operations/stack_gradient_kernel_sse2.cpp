#define CONTINUO_ARCH xsimd::sse2
#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_sse2, "sse2")
