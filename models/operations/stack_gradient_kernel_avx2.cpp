#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_avx2.h"

#include "models/operations/stack_gradient_kernel.inl.h"

CONTINUO_DEFINE_GRADIENT_KERNEL(stack_gradient_kernel_avx2)

#endif
