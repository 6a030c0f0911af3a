#define CONTINUO_ARCH xsimd::neon64
#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_neon, "neon")
