#pragma once

#include "models/parallel/portable.h"

#include <cstdint>

// Numbers that one block of threads leaves in the device's memory for others that run at the same time. A
// number says by itself whether it is there: until then it is a NaN that no calculation gives. So nothing
// needs an order but the number itself.

namespace continuo::parallel {

inline constexpr std::uint64_t unpublished_bits = ~std::uint64_t(0);

/// What a place holds before something is published there. [any-thread]
CONTINUO_HOST_DEVICE Complex unpublished() {
    const std::uint64_t bits = unpublished_bits;
    Complex value;
    memcpy(&value.real, &bits, sizeof bits);
    memcpy(&value.imag, &bits, sizeof bits);
    return value;
}

/// Leaves a number for others. [any-thread]
CONTINUO_HOST_DEVICE void publish(Complex* place, const Complex& value) {
    std::uint64_t real, imag;
    memcpy(&real, &value.real, sizeof real);
    memcpy(&imag, &value.imag, sizeof imag);
    real = real == unpublished_bits ? real >> 1 : real; // still a NaN
    imag = imag == unpublished_bits ? imag >> 1 : imag;
#if defined(__CUDA_ARCH__)
    asm volatile("st.relaxed.gpu.global.v2.b64 [%0], {%1, %2};" ::"l"(place), "l"(real), "l"(imag)
                 : "memory");
#else
    memcpy(&place->real, &real, sizeof real);
    memcpy(&place->imag, &imag, sizeof imag);
#endif
}

/// Looks whether a number is there. [any-thread]
CONTINUO_HOST_DEVICE bool look(const Complex* place, Complex& value) {
    std::uint64_t real, imag;
#if defined(__CUDA_ARCH__)
    asm volatile("ld.relaxed.gpu.global.v2.b64 {%0, %1}, [%2];"
                 : "=l"(real), "=l"(imag)
                 : "l"(place)
                 : "memory");
#else
    memcpy(&real, &place->real, sizeof real);
    memcpy(&imag, &place->imag, sizeof imag);
#endif
    memcpy(&value.real, &real, sizeof real);
    memcpy(&value.imag, &imag, sizeof imag);
    return real != unpublished_bits && imag != unpublished_bits;
}

/// Waits for a number. One that does not come in a second or so is a NaN: a wrong result, not a GPU that
/// hangs. [any-thread]
CONTINUO_HOST_DEVICE void await(const Complex* place, Complex& value) {
    for (int tries = 0; !look(place, value) && tries < 1 << 20; ++tries) {
#if defined(__CUDA_ARCH__)
        __nanosleep(20);
#endif
    }
}

} // namespace continuo::parallel
