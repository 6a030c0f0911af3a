#pragma once

#include <algorithm>
#include <cstddef>
#include <future>

namespace continuo::parallel {

/// Copies floats with up to four threads: one does not keep up with a GPU. [any-thread] Allocates.
inline void copy_with_threads(const float* from, std::size_t count, float* to) {
    constexpr std::size_t least = std::size_t(1) << 17, most_threads = 4;
    const std::size_t threads = std::clamp<std::size_t>(count / least, 1, most_threads);
    const auto begin = [&](std::size_t thread) { return count * thread / threads; };
    const auto copy = [=](std::size_t first, std::size_t last) {
        std::copy(from + first, from + last, to + first);
    };
    std::future<void> others[most_threads];
    for (std::size_t i = 1; i < threads; ++i)
        others[i] = std::async(std::launch::async, copy, begin(i), begin(i + 1));
    copy(0, begin(1));
    for (std::size_t i = 1; i < threads; ++i)
        others[i].get();
}

} // namespace continuo::parallel
