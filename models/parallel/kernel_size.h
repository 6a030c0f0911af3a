#pragma once

#include "models/operations/stack_layout.h"

#include <stdexcept>
#include <type_traits>

namespace continuo::parallel {

/// What `make` gives for the smallest kernels that hold a stack: called with their channels (8 or 16) and
/// their modes (4, 8 or 16) as std::integral_constant. [any-thread] Throws std::invalid_argument where there
/// are none (fits_parallel() in render_engine.h).
template <class Make>
auto with_kernel_size(const operations::StackLayout& layout, const Make& make) {
    const auto with_modes = [&](auto channels) {
        if (layout.modes <= 4)
            return make(channels, std::integral_constant<int, 4>{});
        if (layout.modes <= 8)
            return make(channels, std::integral_constant<int, 8>{});
        return make(channels, std::integral_constant<int, 16>{});
    };
    if (layout.modes > 16 || (layout.channels != 8 && layout.channels != 16))
        throw std::invalid_argument("no kernels are there for a stack of this size");
    if (layout.channels == 8)
        return with_modes(std::integral_constant<int, 8>{});
    return with_modes(std::integral_constant<int, 16>{});
}

} // namespace continuo::parallel
