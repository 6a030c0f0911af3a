#if defined(__aarch64__) || defined(_M_ARM64)

#include "dsp/kernels/architecture_neon.h"

#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_neon)

#endif
