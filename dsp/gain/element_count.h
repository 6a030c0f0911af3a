#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace continuo::dsp {

/// How many values a tensor of these extents has. [any-thread] Allocates nothing.
inline std::size_t element_count(const std::vector<std::uint64_t>& extents) {
    std::size_t count = 1;
    for (const std::uint64_t extent : extents)
        count *= std::size_t(extent);
    return count;
}

} // namespace continuo::dsp
