#pragma once

#include "models/parallel/scan/selective/exponential.h"

namespace continuo::parallel {

/// Samples that one thread walks through; decides the bits.
inline constexpr int selective_segment_frames = 256;

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
        for (int t = 0; t < count; ++t) {
            const float delta = in.delta[at + t], u = in.u[at + t];
            const float *b = in.input + selection + std::int64_t(t) * in.modes,
                        *c = in.readout + selection + std::int64_t(t) * in.modes;
            float y = 0.0f;
            CONTINUO_UNROLL
            for (int n = 0; n < Modes; ++n) {
                const float step = exponential_minus_one(delta * decay[n]);
                const float driven = n < in.modes ? b[n] * u : 0.0f;
                // x is how far the state has come from `start`: a slow mode's large value is rounded once.
                x[n] = fused(step, (start[n] - driven) + x[n], x[n]);
                if (Output)
                    y = fused(n < in.modes ? c[n] : 0.0f, start[n] + x[n], y);
            }
            if (Output)
                in.y[at + t] = y;
            const float more = delta - lost, sum = span + more;
            lost = (sum - span) - more;
            span = sum;
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
