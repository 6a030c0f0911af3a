#pragma once

#include "models/parallel/scan/kernels/chunk_fold.h"
#include "models/parallel/scan/kernels/reduce_scan_sums.h"

namespace continuo::parallel {

/// A complex number in float, two neighbours in shared memory.
struct FloatComplex {
    float real, imag;

    CONTINUO_HOST_DEVICE static FloatComplex read(const float* from) {
        const Float2 two = *reinterpret_cast<const Float2*>(from);
        return {two.value[0], two.value[1]};
    }
    CONTINUO_HOST_DEVICE void write(float* to) const {
        *reinterpret_cast<Float2*>(to) = Float2{{real, imag}};
    }
};

/// a b + c, in this order of operations. [any-thread]
CONTINUO_HOST_DEVICE FloatComplex multiply_add(const FloatComplex& a, const FloatComplex& b,
                                               const FloatComplex& c) {
    return {fused(-a.imag, b.imag, fused(a.real, b.real, c.real)),
            fused(a.imag, b.real, fused(a.real, b.imag, c.imag))};
}

/// A thread's part of a product of a warp's 16 chunks with E, of the signal as it is and weighted:
/// [8 columns of states][plain, weighted][4 of the sum], which are a complex number of the chunks g and g
/// + 8.
template <int Modes>
struct WeightedStates {
    static constexpr int tiles = ScanTables<Modes>::state_tiles;
    float value[tiles][2][4];

    CONTINUO_HOST_DEVICE FloatComplex plain(int tile, int r) const {
        return {value[tile][0][2 * r], value[tile][0][2 * r + 1]};
    }
    CONTINUO_HOST_DEVICE FloatComplex weighted(int tile, int r) const {
        return {value[tile][1][2 * r], value[tile][1][2 * r + 1]};
    }
    /// The mode of `tile` that this thread holds.
    static CONTINUO_HOST_DEVICE int mode(int tile, int lane) { return 4 * tile + lane % 4; }
    /// Where it is among what a ChunkFold folds.
    static CONTINUO_HOST_DEVICE int place(int tile, int r, int lane) {
        return (8 * r + lane / 4) * ChunkFold<Modes, GradientTile>::stride + 2 * mode(tile, lane);
    }
};

/// What the products of chunks need of a channel's modes: [mode][4] in shared memory, C' and 64 λ⁶⁴; 0 for
/// those that the model lacks.
template <int Modes>
struct ModeConstants {
    static constexpr int floats = 4 * Modes;

    /// Threads below Modes write them.
    ///
    /// \param delta_real, delta_imag, readout_real, readout_imag  of the channel [mode], `modes` of them
    CONTINUO_HOST_DEVICE static void write(int thread, int modes, const float* delta_real,
                                           const float* delta_imag, const float* readout_real,
                                           const float* readout_imag, float* shared) {
        if (thread >= Modes)
            return;
        FloatComplex c{0.0f, 0.0f}, turn{0.0f, 0.0f};
        if (thread < modes) {
            const Complex lambda{1.0 + double(delta_real[thread]), double(delta_imag[thread])};
            const Complex over_chunk = power(lambda, ScanTile::chunk);
            c = {readout_real[thread], readout_imag[thread]};
            turn = {float(ScanTile::chunk * over_chunk.real), float(ScanTile::chunk * over_chunk.imag)};
        }
        c.write(shared + 4 * thread);
        turn.write(shared + 4 * thread + 2);
    }
    CONTINUO_HOST_DEVICE static FloatComplex readout(const float* shared, int mode) {
        return FloatComplex::read(shared + 4 * mode);
    }
    CONTINUO_HOST_DEVICE static FloatComplex turn(const float* shared, int mode) {
        return FloatComplex::read(shared + 4 * mode + 2);
    }
};

/// A thread's part of Σ Q s and Σ (q (F + 64 λ⁶⁴ s) + s C' H), of the chunks g and g + 8 of its warp and of
/// every fourth mode (see ScanSums).
template <int Modes>
class ChunkProducts {
  public:
    static constexpr int slots = GradientTile::threads / 4; ///< threads that sum over the same modes
    static constexpr int shared_floats = 4 * Modes * slots; ///< of put()

    CONTINUO_HOST_DEVICE ChunkProducts() {
        CONTINUO_UNROLL
        for (int n = 0; n < own; ++n)
            readout_[n] = lambda_[n] = {0.0f, 0.0f};
    }

    /// \param states, adjoints  s before and q after the warp's chunks, as ChunkFold leaves them
    /// \param of_input          E U and F
    /// \param of_gradient       Q and H
    CONTINUO_HOST_DEVICE void add(const float* states, const float* adjoints, const float* constants,
                                  int lane, const WeightedStates<Modes>& of_input,
                                  const WeightedStates<Modes>& of_gradient) {
        CONTINUO_UNROLL
        for (int n = 0; n < own; ++n) {
            const int mode = WeightedStates<Modes>::mode(n, lane);
            const FloatComplex c = ModeConstants<Modes>::readout(constants, mode),
                               turn = ModeConstants<Modes>::turn(constants, mode);
            CONTINUO_UNROLL
            for (int r = 0; r < 2; ++r) {
                const int place = WeightedStates<Modes>::place(n, r, lane);
                const FloatComplex s = FloatComplex::read(states + place),
                                   q = FloatComplex::read(adjoints + place);
                readout_[n] = multiply_add(of_gradient.plain(n, r), s, readout_[n]);
                lambda_[n] = multiply_add(q, multiply_add(turn, s, of_input.weighted(n, r)), lambda_[n]);
                lambda_[n] =
                    multiply_add(s, multiply_add(c, of_gradient.weighted(n, r), {0.0f, 0.0f}), lambda_[n]);
            }
        }
    }

    /// Writes what sum() adds up.
    CONTINUO_HOST_DEVICE void put(int thread, float* shared) const {
        CONTINUO_UNROLL
        for (int n = 0; n < own; ++n) {
            float* to = shared + 2 * WeightedStates<Modes>::mode(n, thread) * slots + thread / 4;
            to[0] = readout_[n].real;
            to[slots] = readout_[n].imag;
            to[2 * Modes * slots] = lambda_[n].real;
            to[(2 * Modes + 1) * slots] = lambda_[n].imag;
        }
    }

    /// Number `index` of ScanSums, of what all threads have put.
    CONTINUO_HOST_DEVICE static double sum(int index, const float* shared) {
        const float* from = shared + (index - ScanSums<Modes>::readout) * slots;
        double sum = 0.0;
        for (int slot = 0; slot < slots; ++slot)
            sum += double(from[slot]);
        return sum;
    }

  private:
    static constexpr int own = WeightedStates<Modes>::tiles;
    FloatComplex readout_[own], lambda_[own];
};

} // namespace continuo::parallel
