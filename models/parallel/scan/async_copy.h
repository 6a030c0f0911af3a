#pragma once

#include "models/parallel/portable.h"

namespace continuo::parallel {

/// Begins to copy 16 bytes from the device's memory to shared memory; both are aligned to 16 bytes. On the
/// host they are there at once.
CONTINUO_HOST_DEVICE void begin_copy(float* shared, const float* from) {
#if defined(__CUDA_ARCH__)
    asm volatile(
        "cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(unsigned(__cvta_generic_to_shared(shared))),
        "l"(from)
        : "memory");
#else
    *reinterpret_cast<Float4*>(shared) = *reinterpret_cast<const Float4*>(from);
#endif
}

/// Waits for all copies that this thread has begun. Others see them after a barrier.
CONTINUO_HOST_DEVICE void finish_copies() {
#if defined(__CUDA_ARCH__)
    asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

} // namespace continuo::parallel
