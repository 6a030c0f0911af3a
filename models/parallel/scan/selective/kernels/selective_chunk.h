#pragma once

#include "models/parallel/portable.h"

namespace continuo::parallel {

/// Samples between two checkpoints of the backward pass: so many steps of a mode fit a thread's registers.
inline constexpr int selective_chunk_frames = 16;

/// Four neighbours in memory; those from `count` on are 0 and not read. [any-thread]
///
/// \param vectors  whether `from` is aligned to 16 bytes
CONTINUO_HOST_DEVICE Float4 read_four(const float* from, int count, bool vectors) {
    if (vectors && count >= 4)
        return *reinterpret_cast<const Float4*>(from);
    Float4 four;
    CONTINUO_UNROLL
    for (int i = 0; i < 4; ++i)
        four.value[i] = i < count ? from[i] : 0.0f;
    return four;
}

} // namespace continuo::parallel
