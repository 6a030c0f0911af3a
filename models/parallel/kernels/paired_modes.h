#pragma once

#include "models/parallel/kernels/mode_step.h"
#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Modes of one channel that take two samples at a time, which costs fewer operations than twice one:
///
///     z ← λ² z + λ v0 + v1,   y0 = Re C'λ z + k0 v0,   y1 = Re C'λ² z + k1 v0 + k0 v1
///
/// with z from before both samples, k0 = Σ Re C', k1 = Σ Re C'λ. λ² goes as δ₂ = λ² − 1 = 2 δ + δ², so that a
/// slow mode keeps its digits. Source: the recurrence of dsp/stack_parameters.h, put into itself once.
///
/// \tparam Modes     of this thread
/// \tparam AllModes  of the kernel's channels, this thread's and those of the others
template <int Channels, int Modes, int AllModes>
struct PairedModes {
    /// Floats of the values in shared memory, [value][mode][channel]: for the states, for the output as well.
    static constexpr int plane = AllModes * Channels;
    static constexpr int state_floats = 4 * plane, floats = 9 * plane;

    float real[Modes], imag[Modes];

    /// The values of this thread's modes, from shared memory into registers while a tile lasts.
    struct States {
        float square_real[Modes], square_imag[Modes], lambda_real[Modes], lambda_imag[Modes];
        /// \param shared  from this thread's first mode and channel on
        CONTINUO_HOST_DEVICE explicit States(const float* shared) {
            CONTINUO_UNROLL
            for (int n = 0; n < Modes; ++n) {
                square_real[n] = shared[n * Channels];
                square_imag[n] = shared[plane + n * Channels];
                lambda_real[n] = shared[2 * plane + n * Channels];
                lambda_imag[n] = shared[3 * plane + n * Channels];
            }
        }
    };
    struct Output {
        float first_real[Modes], first_imag[Modes], second_real[Modes], second_imag[Modes];
        CONTINUO_HOST_DEVICE explicit Output(const float* shared) {
            CONTINUO_UNROLL
            for (int n = 0; n < Modes; ++n) {
                first_real[n] = shared[4 * plane + n * Channels];
                first_imag[n] = shared[5 * plane + n * Channels];
                second_real[n] = shared[6 * plane + n * Channels];
                second_imag[n] = shared[7 * plane + n * Channels];
            }
        }
    };

    /// Where a segment's modes begin. A slow mode's state is large and hardly moves: its increments would
    /// drown in its rounding. So a segment works on the difference from its beginning z₀, which drifts by δ₂
    /// z₀ in every pair of samples, and what z₀ gives to the output is two numbers for all of the segment.
    struct Start {
        float drift_real[Modes], drift_imag[Modes]; ///< δ₂ z₀
        float y0 = 0.0f, y1 = 0.0f;                 ///< Σ Re C'λ z₀, Σ Re C'λ² z₀
    };
    CONTINUO_HOST_DEVICE void begin_at(const States& with, const Output& output,
                                       const float (&start_real)[Modes], const float (&start_imag)[Modes],
                                       Start& start) {
        begin_at_zero();
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n) {
            const float zr = start_real[n], zi = start_imag[n];
            start.drift_real[n] = fused(with.square_real[n], zr, -(with.square_imag[n] * zi));
            start.drift_imag[n] = fused(with.square_real[n], zi, with.square_imag[n] * zr);
            start.y0 = fused(output.first_imag[n], zi, fused(output.first_real[n], zr, start.y0));
            start.y1 = fused(output.second_imag[n], zi, fused(output.second_real[n], zr, start.y1));
        }
    }

    /// Works out the values of all modes; those that the stack lacks forget at once. Barriers before use.
    template <class Group>
    CONTINUO_HOST_DEVICE static void prepare_states(Group& group, int threads, const float* layer,
                                                    const StackLayout& layout, float* shared) {
        for (int i = group.thread(); i < plane; i += threads) {
            const bool there = i / Channels < layout.modes;
            const float dr = there ? layer[layout.mode_values(0) + i] : -1.0f;
            const float di = there ? layer[layout.mode_values(1) + i] : 0.0f;
            shared[i] = fused(2.0f, dr, fused(dr, dr, -(di * di)));
            shared[plane + i] = fused(2.0f, di, 2.0f * (dr * di));
            shared[2 * plane + i] = 1.0f + dr;
            shared[3 * plane + i] = di;
        }
    }

    /// The same for the output, by the same threads.
    template <class Group>
    CONTINUO_HOST_DEVICE static void prepare_output(Group& group, int threads, const float* layer,
                                                    const StackLayout& layout, float* shared) {
        for (int i = group.thread(); i < plane; i += threads) {
            const bool there = i / Channels < layout.modes;
            const float dr = there ? layer[layout.mode_values(0) + i] : -1.0f;
            const float di = there ? layer[layout.mode_values(1) + i] : 0.0f;
            const float cr = there ? layer[layout.mode_values(2) + i] : 0.0f;
            const float ci = there ? layer[layout.mode_values(3) + i] : 0.0f;
            const float square_real = shared[i], square_imag = shared[plane + i];
            shared[4 * plane + i] = fused(cr, dr, fused(-ci, di, cr));
            shared[5 * plane + i] = -fused(cr, di, fused(ci, dr, ci));
            shared[6 * plane + i] = fused(cr, square_real, fused(-ci, square_imag, cr));
            shared[7 * plane + i] = -fused(cr, square_imag, fused(ci, square_real, ci));
            shared[8 * plane + i] = cr;
        }
    }

    /// k0 and k1 of a channel. \param shared  the values, from this channel on
    CONTINUO_HOST_DEVICE static void sum_direct(const float* shared, float& direct, float& delayed) {
        direct = delayed = 0.0f;
        CONTINUO_UNROLL
        for (int n = 0; n < AllModes; ++n) {
            direct += shared[8 * plane + n * Channels];
            delayed += shared[4 * plane + n * Channels];
        }
    }

    CONTINUO_HOST_DEVICE void begin_at_zero() {
        clear(real);
        clear(imag);
    }

    /// Takes all modes over two samples.
    CONTINUO_HOST_DEVICE void advance(const States& with, float v0, float v1) {
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n)
            advance(with, v0, v1, n);
    }

    /// The same for states that are kept as differences from where they began, and what they add to the
    /// output of the two samples.
    CONTINUO_HOST_DEVICE void advance(const States& with, const Output& output, const Start& start, float v0,
                                      float v1, float& y0, float& y1) {
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n) {
            y0 = fused(output.first_imag[n], imag[n], fused(output.first_real[n], real[n], y0));
            y1 = fused(output.second_imag[n], imag[n], fused(output.second_real[n], real[n], y1));
            const float zr = real[n], zi = imag[n];
            const float driven_real = fused(with.lambda_real[n], v0, (zr + start.drift_real[n]) + v1);
            const float driven_imag = fused(with.lambda_imag[n], v0, zi + start.drift_imag[n]);
            real[n] = fused(-with.square_imag[n], zi, fused(with.square_real[n], zr, driven_real));
            imag[n] = fused(with.square_real[n], zi, fused(with.square_imag[n], zr, driven_imag));
        }
    }

    /// Takes all modes over one sample, z ← z + (δ z + v): the increment is summed first, so that a slow
    /// mode's large z is rounded once. \param layer  the coefficients
    CONTINUO_HOST_DEVICE void advance_one(const float* layer, const StackLayout& layout, int first_mode,
                                          int channel, float v) {
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n) {
            const int place = (first_mode + n) * Channels + channel;
            const bool there = first_mode + n < layout.modes;
            const float dr = there ? layer[layout.mode_values(0) + place] : -1.0f;
            const float di = there ? layer[layout.mode_values(1) + place] : 0.0f;
            step_mode(dr, di, v, real[n], imag[n]);
        }
    }

  private:
    CONTINUO_HOST_DEVICE void advance(const States& with, float v0, float v1, int n) {
        const float zr = real[n], zi = imag[n];
        const float driven_real = fused(with.lambda_real[n], v0, zr + v1);
        const float driven_imag = fused(with.lambda_imag[n], v0, zi);
        real[n] = fused(-with.square_imag[n], zi, fused(with.square_real[n], zr, driven_real));
        imag[n] = fused(with.square_real[n], zi, fused(with.square_imag[n], zr, driven_imag));
    }
};

} // namespace continuo::parallel
