#pragma once

#include <xsimd/xsimd.hpp>

#include <type_traits>

namespace continuo::dsp {

/// a b + c with one rounding where the instruction set has it (two roundings with SSE2, which has not).
///
/// xsimd::fma does the same except for AVX-512, where xsimd 8 multiplies and adds in two instructions.
/// [any-thread] Allocates nothing.
template <class T, class Architecture>
inline xsimd::batch<T, Architecture> multiply_add(const xsimd::batch<T, Architecture>& a,
                                                  const xsimd::batch<T, Architecture>& b,
                                                  const xsimd::batch<T, Architecture>& c) noexcept {
#if XSIMD_WITH_AVX512F
    if constexpr (std::is_base_of_v<xsimd::avx512f, Architecture>) {
        if constexpr (std::is_same_v<T, float>)
            return _mm512_fmadd_ps(a, b, c);
        else
            return _mm512_fmadd_pd(a, b, c);
    } else
#endif
        return xsimd::fma(a, b, c);
}

} // namespace continuo::dsp
