#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// What the bodies of parallel kernels are written in: C++17 that nvcc compiles for a GPU and any other
// compiler for the host. Every function here gives the same bits in both places, so that a kernel run on
// threads of the host is a test of the kernel on the GPU: fused operations are written out, neither compiler
// may fuse on its own (-ffp-contract=off, --fmad=false), and no unit that approximates is used.

#if defined(__CUDACC__)
#define CONTINUO_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define CONTINUO_HOST_DEVICE inline
#endif
#if defined(__CUDA_ARCH__)
#define CONTINUO_UNROLL _Pragma("unroll")
#define CONTINUO_KEEP_LOOP _Pragma("unroll 1") // so that nothing is loaded early and held in registers
#else
#define CONTINUO_UNROLL
#define CONTINUO_KEEP_LOOP
#endif

namespace continuo::parallel {

/// a b + c with one rounding. [any-thread]
CONTINUO_HOST_DEVICE float fused(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
    return __fmaf_rn(a, b, c);
#else
    return std::fma(a, b, c);
#endif
}
CONTINUO_HOST_DEVICE double fused(double a, double b, double c) {
#if defined(__CUDA_ARCH__)
    return __fma_rn(a, b, c);
#else
    return std::fma(a, b, c);
#endif
}

/// Four floats that are read and written at once. Aligned to 16 bytes.
struct alignas(16) Float4 {
    float value[4];
};

/// Writes four floats with one instruction. An assignment would do, but where values come from several places
/// nvcc makes four stores of it, each of which reaches the second-level cache by itself. [any-thread]
///
/// \param to  aligned to 16 bytes
CONTINUO_HOST_DEVICE void write_at_once(float* to, const Float4& four) {
#if defined(__CUDA_ARCH__)
    asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(to), "f"(four.value[0]), "f"(four.value[1]),
                 "f"(four.value[2]), "f"(four.value[3])
                 : "memory");
#else
    *reinterpret_cast<Float4*>(to) = four;
#endif
}

/// 1 / x for x in [1, 1e10] within 1e-7, in fused operations alone: a guess by the exponent's bits, within 12
/// %, and three Newton steps. [any-thread]
/// Source: Newton–Raphson on 1/y − x; the constant minimises the guess's largest relative error.
CONTINUO_HOST_DEVICE float reciprocal(float x) {
    std::uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = 0x7ef311c7u - bits;
    float y;
    memcpy(&y, &bits, sizeof y);
    y = fused(y, fused(-x, y, 1.0f), y);
    y = fused(y, fused(-x, y, 1.0f), y);
    return fused(y, fused(-x, y, 1.0f), y);
}

/// tanh(x) as a fraction, the rational function of dsp/activation.h; the denominator is within [1, 190].
struct Fraction {
    float numerator, denominator;
};
CONTINUO_HOST_DEVICE Fraction tanh_fraction(float x) {
    const float bounded = fminf(fmaxf(x, -7.9f), 7.9f), square = bounded * bounded;
    float numerator = fused(square, 1.1531840247e-05f, 2.9604733918e-03f);
    float denominator = fused(square, 2.4925483277e-07f, 2.4001206672e-04f);
    numerator = fused(square, numerator, 1.2934417588e-01f);
    denominator = fused(square, denominator, 2.3854083307e-02f);
    numerator = fused(square, numerator, 9.9999986919e-01f);
    denominator = fused(square, denominator, 4.6267644286e-01f);
    return {bounded * numerator, fused(square, denominator, 1.0f)};
}

/// tanh of each of `Count` values, a multiple of 4. One reciprocal serves four: 1/a = (1/(a b)) b.
template <int Count>
CONTINUO_HOST_DEVICE void tanh_of_all(float (&x)[Count]) {
    static_assert(Count % 4 == 0, "values come in fours");
    CONTINUO_UNROLL
    for (int i = 0; i < Count; i += 4) {
        const Fraction a = tanh_fraction(x[i]), b = tanh_fraction(x[i + 1]), c = tanh_fraction(x[i + 2]),
                       d = tanh_fraction(x[i + 3]);
        const float ab = a.denominator * b.denominator, cd = c.denominator * d.denominator;
        const float all = reciprocal(ab * cd), of_ab = all * cd, of_cd = all * ab;
        x[i] = a.numerator * (of_ab * b.denominator);
        x[i + 1] = b.numerator * (of_ab * a.denominator);
        x[i + 2] = c.numerator * (of_cd * d.denominator);
        x[i + 3] = d.numerator * (of_cd * c.denominator);
    }
}

/// A complex number in double: the states that are carried from one segment of time to the next.
struct Complex {
    double real, imag;
};

/// a b + c, in this order of operations. [any-thread]
CONTINUO_HOST_DEVICE Complex multiply_add(const Complex& a, const Complex& b, const Complex& c) {
    return {fused(-a.imag, b.imag, fused(a.real, b.real, c.real)),
            fused(a.imag, b.real, fused(a.real, b.imag, c.imag))};
}

/// baseⁿ by repeated squaring. [any-thread]
CONTINUO_HOST_DEVICE Complex power(Complex base, unsigned n) {
    Complex result{1.0, 0.0};
    for (; n != 0; n >>= 1) {
        if ((n & 1u) != 0)
            result = multiply_add(result, base, {0.0, 0.0});
        base = multiply_add(base, base, {0.0, 0.0});
    }
    return result;
}

} // namespace continuo::parallel
