#pragma once

#include "models/parallel/portable.h"

namespace continuo::parallel {

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

/// Writes the first `count` of four to neighbours in memory. [any-thread]
CONTINUO_HOST_DEVICE void write_four(float* to, int count, bool vectors, const Float4& four) {
    if (vectors && count >= 4) {
        write_at_once(to, four);
        return;
    }
    CONTINUO_UNROLL
    for (int i = 0; i < 4; ++i)
        if (i < count)
            to[i] = four.value[i];
}

} // namespace continuo::parallel
