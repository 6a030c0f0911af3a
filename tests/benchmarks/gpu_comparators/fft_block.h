#pragma once

#include "models/parallel/portable.h"

// Fourier transforms of four columns of `Size` complex numbers by one block of threads, in shared memory:
// Stockham's form, which needs no reordering, in radix 8 and one smaller radix where 8 does not divide.
// Source: Govindaraju et al., High performance discrete Fourier transforms on graphics processors (2008).

namespace scan_speed {

using continuo::parallel::Float4;
using continuo::parallel::fused;

/// In float, as signals are; 8 bytes that are read and written at once.
struct alignas(8) ComplexFloat {
    float real, imag;
};

CONTINUO_HOST_DEVICE ComplexFloat operator+(const ComplexFloat& a, const ComplexFloat& b) {
    return {a.real + b.real, a.imag + b.imag};
}
CONTINUO_HOST_DEVICE ComplexFloat operator-(const ComplexFloat& a, const ComplexFloat& b) {
    return {a.real - b.real, a.imag - b.imag};
}
CONTINUO_HOST_DEVICE ComplexFloat operator*(const ComplexFloat& a, const ComplexFloat& b) {
    return {fused(a.real, b.real, -(a.imag * b.imag)), fused(a.real, b.imag, a.imag * b.real)};
}
/// a by −i forwards, by i backwards.
template <bool Inverse>
CONTINUO_HOST_DEVICE ComplexFloat quarter_turn(const ComplexFloat& a) {
    return Inverse ? ComplexFloat{-a.imag, a.real} : ComplexFloat{a.imag, -a.real};
}
/// A root of unity of the forward transform, or its conjugate.
template <bool Inverse>
CONTINUO_HOST_DEVICE ComplexFloat turn(const ComplexFloat& root) {
    return Inverse ? ComplexFloat{root.real, -root.imag} : root;
}

/// Transforms of 2, 4 and 8 numbers in registers, `Stride` apart.
template <bool Inverse, int Stride>
CONTINUO_HOST_DEVICE void transform2(ComplexFloat* v) {
    const ComplexFloat difference = v[0] - v[Stride];
    v[0] = v[0] + v[Stride];
    v[Stride] = difference;
}
template <bool Inverse, int Stride>
CONTINUO_HOST_DEVICE void transform4(ComplexFloat* v) {
    const ComplexFloat even = v[0] + v[2 * Stride], odd = v[Stride] + v[3 * Stride];
    const ComplexFloat even_difference = v[0] - v[2 * Stride];
    const ComplexFloat odd_difference = quarter_turn<Inverse>(v[Stride] - v[3 * Stride]);
    v[0] = even + odd;
    v[Stride] = even_difference + odd_difference;
    v[2 * Stride] = even - odd;
    v[3 * Stride] = even_difference - odd_difference;
}
template <bool Inverse>
CONTINUO_HOST_DEVICE void transform8(ComplexFloat* v) {
    constexpr float half = 0.70710678118654752440f; // √½
    transform4<Inverse, 2>(v);
    transform4<Inverse, 2>(v + 1);
    // v[0], v[2], v[4], v[6] are the even samples' transform, the others the odd ones'
    const ComplexFloat one = v[3] + quarter_turn<Inverse>(v[3]);
    const ComplexFloat three = quarter_turn<Inverse>(v[7]) - v[7];
    const ComplexFloat odd[4] = {v[1],
                                 {half * one.real, half * one.imag},
                                 quarter_turn<Inverse>(v[5]),
                                 {half * three.real, half * three.imag}};
    const ComplexFloat even[4] = {v[0], v[2], v[4], v[6]};
    CONTINUO_UNROLL
    for (int k = 0; k < 4; ++k) {
        v[k] = even[k] + odd[k];
        v[k + 4] = even[k] - odd[k];
    }
}
template <int Radix, bool Inverse>
CONTINUO_HOST_DEVICE void transform_in_registers(ComplexFloat* v) {
    if constexpr (Radix == 8)
        transform8<Inverse>(v);
    else if constexpr (Radix == 4)
        transform4<Inverse, 1>(v);
    else
        transform2<Inverse, 1>(v);
}

/// \tparam Size  a power of two, 64 or more
template <int Size>
struct FftBlock {
    static constexpr int columns = 4, each = 8; ///< numbers that a thread holds
    static constexpr int threads = Size * columns / each;
    static constexpr int blocks_per_multiprocessor =
        threads < 1024 ? 1024 / threads : 1; ///< 64 registers each
    /// Of a column in shared memory. Every eighth place is left free, and columns begin four apart, so that
    /// the sixteen threads that go at a time find their numbers in different banks.
    static constexpr int stride = Size + Size / 8 + 4;
    static constexpr int shared_floats = 2 * columns * stride;

    static CONTINUO_HOST_DEVICE int place(int column, int i) { return column * stride + i + i / 8; }

    /// All columns in place. Barriers stand between the stages, and before the first and after the last.
    ///
    /// \param roots  e^(−2πi j / Size) for j < Size
    template <bool Inverse, class Group>
    static CONTINUO_HOST_DEVICE void run(Group& group, ComplexFloat* values, const ComplexFloat* roots) {
        stages<Inverse, 1>(group, values, roots);
    }

  private:
    template <bool Inverse, int Done, class Group>
    static CONTINUO_HOST_DEVICE void stages(Group& group, ComplexFloat* values, const ComplexFloat* roots) {
        group.barrier();
        if constexpr (Done < Size) {
            constexpr int radix = Size / Done >= 8 ? 8 : Size / Done;
            stage<radix, Inverse, Done>(group, values, roots);
            stages<Inverse, Done * radix>(group, values, roots);
        }
    }

    /// One stage: transforms of `Radix` numbers, where those of `Done` are done.
    template <int Radix, bool Inverse, int Done, class Group>
    static CONTINUO_HOST_DEVICE void stage(Group& group, ComplexFloat* values, const ComplexFloat* roots) {
        constexpr int apart = Size / Radix, count = each / Radix;
        ComplexFloat v[count][Radix];
        CONTINUO_UNROLL
        for (int b = 0; b < count; ++b) {
            const int index = b * threads + group.thread(), column = index / apart, j = index % apart;
            CONTINUO_UNROLL
            for (int r = 0; r < Radix; ++r) {
                v[b][r] = values[place(column, j + r * apart)];
                if (r > 0 && Done > 1)
                    v[b][r] = v[b][r] * turn<Inverse>(roots[r * (j % Done) * (apart / Done)]);
            }
            transform_in_registers<Radix, Inverse>(v[b]);
        }
        group.barrier();
        CONTINUO_UNROLL
        for (int b = 0; b < count; ++b) {
            const int index = b * threads + group.thread(), column = index / apart, j = index % apart;
            CONTINUO_UNROLL
            for (int r = 0; r < Radix; ++r)
                values[place(column, j / Done * Done * Radix + j % Done + r * Done)] = v[b][r];
        }
    }
};

} // namespace scan_speed
