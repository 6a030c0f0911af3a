#pragma once

#include <cstddef>

#if defined(_MSC_VER)
#define CONTINUO_INLINE_LAMBDA
#define CONTINUO_INLINE __forceinline
#else
#define CONTINUO_INLINE_LAMBDA __attribute__((always_inline))
#define CONTINUO_INLINE inline __attribute__((always_inline))
#endif

namespace continuo::dsp::kernels {
namespace { // kernels of several instruction sets include this: none of it may be shared between them

template <std::size_t value_>
struct Index {
    static constexpr std::size_t value = value_;
};

/// Calls f(Index<0>{}) … f(Index<count − 1>{}): a loop that is unrolled whatever the compiler thinks of it,
/// so that arrays of registers stay in registers.
template <std::size_t count, class Function>
CONTINUO_INLINE void unroll(const Function& f) noexcept {
    if constexpr (count > 0) {
        unroll<count - 1>(f);
        f(Index<count - 1>{});
    }
}

} // namespace
} // namespace continuo::dsp::kernels
