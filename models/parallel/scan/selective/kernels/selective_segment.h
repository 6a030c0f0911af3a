#pragma once

#include "models/parallel/scan/selective/exponential.h"
#include "models/parallel/scan/selective/kernels/fours.h"

namespace continuo::parallel {

/// Samples that one thread walks through; decides the bits.
inline constexpr int selective_segment_frames = 256;

/// Samples between two checkpoints of the backward pass: so many steps of a mode fit a thread's registers.
inline constexpr int selective_chunk_frames = 16;

/// Phases 1 and 3 of the selective scan: a segment of one row of the signal, all its states in the registers
/// of one thread. Threads beside each other take the channels of the same samples, which share B and C.
///
/// \tparam Modes   at least the model's; those that it lacks stay 0
/// \tparam Output  false: where the states end if they begin at 0, and the segment's ΣΔ;
///                 true: the output, from where the states begin
template <int Modes, bool Output>
struct SelectiveSegment {
    static constexpr int threads = 128;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int shared_floats = 0;

    struct Arguments {
        std::int64_t frames, items; ///< of a row; batch · segments · channels
        int channels, modes, segments;
        /// Whether fours of signals, and of B and C, are aligned to 16 bytes.
        bool signal_vectors, selection_vectors;
        const float* decay;           ///< A [channel][mode]
        const float *delta, *u;       ///< [batch][channel][time]
        const float *input, *readout; ///< [batch][time][mode]
        double* states; ///< [row][segment][Modes]: written where it ends, or read where it begins
        double* spans;  ///< ΣΔ [row][segment], written without Output
        float* y;       ///< written with Output
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const std::int64_t item = std::int64_t(group.block()) * threads + group.thread();
        if (item >= in.items)
            return;
        const int channel = int(item % in.channels), segment = int(item / in.channels % in.segments);
        const std::int64_t batch = item / in.channels / in.segments, row = batch * in.channels + channel;
        const std::int64_t begin = std::int64_t(segment) * selective_segment_frames;
        const std::int64_t left = in.frames - begin;
        const int count = left < selective_segment_frames ? int(left) : selective_segment_frames;
        const std::int64_t at = row * in.frames + begin, selection = (batch * in.frames + begin) * in.modes;
        double* state = in.states + (row * in.segments + segment) * Modes;
        float decay[Modes], x[Modes], start[Modes];
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n) {
            decay[n] = n < in.modes ? in.decay[channel * in.modes + n] : 0.0f;
            start[n] = Output ? float(state[n]) : 0.0f;
            x[n] = 0.0f;
        }
        float span = 0.0f, lost = 0.0f; // ΣΔ, compensated (Kahan)
        for (int t = 0; t < count; t += 4) {
            const Float4 deltas = read_four(in.delta + at + t, count - t, in.signal_vectors),
                         us = read_four(in.u + at + t, count - t, in.signal_vectors);
            Float4 ys;
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i) {
                const float delta = deltas.value[i], u = us.value[i]; // past the end 0: no step
                const std::int64_t place = selection + std::int64_t(t + i) * in.modes;
                const int there = t + i < count ? in.modes : 0;
                float y = 0.0f;
                CONTINUO_UNROLL
                for (int n = 0; n < Modes; n += 4) {
                    const Float4 b = read_four(in.input + place + n, there - n, in.selection_vectors);
                    Float4 c{};
                    if (Output)
                        c = read_four(in.readout + place + n, there - n, in.selection_vectors);
                    CONTINUO_UNROLL
                    for (int m = 0; m < 4; ++m) {
                        const float step = exponential_minus_one(delta * decay[n + m]);
                        // x is how far the state has come from `start`: a slow mode's large value is rounded
                        // once.
                        x[n + m] = fused(step, (start[n + m] - b.value[m] * u) + x[n + m], x[n + m]);
                        if (Output)
                            y = fused(c.value[m], start[n + m] + x[n + m], y);
                    }
                }
                ys.value[i] = y;
                const float more = delta - lost, sum = span + more;
                lost = (sum - span) - more;
                span = sum;
            }
            if (Output)
                write_four(in.y + at + t, count - t, in.signal_vectors, ys);
        }
        if constexpr (!Output) {
            CONTINUO_UNROLL
            for (int n = 0; n < Modes; ++n)
                state[n] = double(x[n]);
            in.spans[row * in.segments + segment] = double(span) - double(lost);
        }
    }
};

} // namespace continuo::parallel
