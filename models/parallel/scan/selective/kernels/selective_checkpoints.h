#pragma once

#include "models/parallel/scan/selective/exponential.h"
#include "models/parallel/scan/selective/kernels/fours.h"
#include "models/parallel/scan/selective/kernels/selective_segment.h"

namespace continuo::parallel {

/// Phase 1 of the selective scan's backward pass: a segment of one row, run from x = 0, leaves the states
/// that it has before each of its chunks; from p = 0 behind its end, the adjoints that it has behind each.
/// Both come of one walk, forwards, for the exponentials are what costs: what a chunk alone adds to the
/// adjoint before it is
///
///     g = Σ_t (Π_{s ≤ t} (1 + e_s)) C_t dy_t
///
/// and 16 chunks are soon folded, last to first, once all are there. A thread takes four modes of a segment;
/// threads beside each other take the others, then the channels of the same samples, which share B and C.
template <int Modes>
struct SelectiveCheckpoints {
    static constexpr int own = 4, parts = Modes / own; ///< modes of a thread; threads of a segment
    static constexpr int threads = 128;
    static constexpr int blocks_per_multiprocessor = 5;
    static constexpr int segment_chunks = selective_segment_frames / selective_chunk_frames;
    /// Of every chunk g and ΣΔ, which no other thread reads.
    static constexpr int shared_floats = segment_chunks * (own + 1) * threads;

    struct Arguments {
        std::int64_t frames, items; ///< of a row; batch · segments · channels · parts
        int channels, modes, segments, chunks;
        /// Whether fours of signals, and of B and C, are aligned to 16 bytes.
        bool signal_vectors, selection_vectors;
        const float *decay, *delta, *u, *input, *readout; ///< as SelectiveInput
        const float* output_gradient;                     ///< [batch][channel][time]
        double *states, *adjoints;            ///< written [row][segment][Modes]: at its end, at its beginning
        double* spans;                        ///< written ΣΔ [row][segment]
        float *chunk_states, *chunk_adjoints; ///< written [row][chunk][Modes]: before it, behind it
        float *chunk_before, *chunk_behind; ///< written [row][chunk]: ΣΔ of the segment before it, behind it
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const std::int64_t item = std::int64_t(group.block()) * threads + group.thread();
        if (item >= in.items)
            return;
        const int part = int(item % parts), first = own * part, there = in.modes - first;
        const int channel = int(item / parts % in.channels);
        const int segment = int(item / parts / in.channels % in.segments);
        const std::int64_t batch = item / parts / in.channels / in.segments;
        const std::int64_t row = batch * in.channels + channel;
        const std::int64_t begin = std::int64_t(segment) * selective_segment_frames;
        const std::int64_t left = in.frames - begin;
        const int count = left < selective_segment_frames ? int(left) : selective_segment_frames;
        const std::int64_t at = row * in.frames + begin;
        const std::int64_t selection = (batch * in.frames + begin) * in.modes + first;
        const std::int64_t chunk = row * in.chunks + std::int64_t(segment) * segment_chunks;
        const int chunks = (count + selective_chunk_frames - 1) / selective_chunk_frames;
        Float4* kept = reinterpret_cast<Float4*>(group.shared()) + group.thread();
        float* kept_spans = group.shared() + segment_chunks * own * threads + group.thread();

        const Float4 decay = read_four(in.decay + channel * in.modes + first, there, false);
        Float4 x{{0.0f, 0.0f, 0.0f, 0.0f}};
        double span = 0.0;
        for (int k = 0; k < chunks; ++k) {
            *reinterpret_cast<Float4*>(in.chunk_states + (chunk + k) * Modes + first) = x;
            if (part == 0)
                in.chunk_before[chunk + k] = float(span);
            Float4 product{{1.0f, 1.0f, 1.0f, 1.0f}}, sum{{0.0f, 0.0f, 0.0f, 0.0f}};
            float chunk_span = 0.0f;
            for (int t = k * selective_chunk_frames; t < (k + 1) * selective_chunk_frames; t += 4) {
                // Past the end everything is 0: no step, and nothing to add.
                const Float4 delta = read_four(in.delta + at + t, count - t, in.signal_vectors),
                             u = read_four(in.u + at + t, count - t, in.signal_vectors),
                             dy = read_four(in.output_gradient + at + t, count - t, in.signal_vectors);
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i) {
                    const std::int64_t place = selection + std::int64_t(t + i) * in.modes;
                    const int readable = t + i < count ? there : 0;
                    const Float4 b = read_four(in.input + place, readable, in.selection_vectors),
                                 c = read_four(in.readout + place, readable, in.selection_vectors);
                    CONTINUO_UNROLL
                    for (int n = 0; n < own; ++n) {
                        const float step = exponential_minus_one(delta.value[i] * decay.value[n]);
                        const float driven = b.value[n] * u.value[i];
                        x.value[n] = fused(step, x.value[n] - driven, x.value[n]);
                        product.value[n] = fused(step, product.value[n], product.value[n]);
                        sum.value[n] = fused(product.value[n], c.value[n] * dy.value[i], sum.value[n]);
                    }
                    chunk_span += delta.value[i];
                }
            }
            kept[k * threads] = sum;
            kept_spans[k * threads] = chunk_span;
            span += double(chunk_span);
        }

        Float4 adjoint{{0.0f, 0.0f, 0.0f, 0.0f}};
        double behind = 0.0;
        for (int k = chunks - 1; k >= 0; --k) {
            *reinterpret_cast<Float4*>(in.chunk_adjoints + (chunk + k) * Modes + first) = adjoint;
            if (part == 0)
                in.chunk_behind[chunk + k] = float(behind);
            const Float4 sum = kept[k * threads];
            const float chunk_span = kept_spans[k * threads];
            CONTINUO_UNROLL
            for (int n = 0; n < own; ++n)
                adjoint.value[n] +=
                    fused(exponential_minus_one(chunk_span * decay.value[n]), adjoint.value[n], sum.value[n]);
            behind += double(chunk_span);
        }
        const std::int64_t end = row * in.segments + segment;
        CONTINUO_UNROLL
        for (int n = 0; n < own; ++n) {
            in.states[end * Modes + first + n] = double(x.value[n]);
            in.adjoints[end * Modes + first + n] = double(adjoint.value[n]);
        }
        if (part == 0)
            in.spans[end] = span;
    }
};

} // namespace continuo::parallel
