#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_sse2.h"

#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_sse2)

#endif
