#pragma once

#include "models/parallel/scan/selective/exponential.h"
#include "models/parallel/scan/selective/kernels/selective_segment.h"

namespace continuo::parallel {

/// Phase 3 of the selective scan's backward pass: all derivatives, from the states and adjoints that chunks
/// begin with. One block of threads takes a tile of time with all channels, one after the other; a thread
/// takes a mode of a chunk: forwards from the state before it, with all steps kept in registers, then back
/// from the adjoint behind it. It sums dB and dC over the channels by itself, and leaves its shares of du and
/// dΔ to be summed over the modes.
template <int Modes>
struct SelectiveGradient {
    static constexpr int threads = 128;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int frames = selective_chunk_frames, segment_chunks = selective_segment_frames / frames;
    static constexpr int chunks = threads / Modes, tile_frames = chunks * frames; ///< of a block
    static constexpr int own = tile_frames / threads; ///< samples of a signal that a thread reads and writes

    // Distances in shared memory that let the threads of a warp find different banks.
    static constexpr int signal_stride = frames + 4;              ///< of chunks of a signal
    static constexpr int selection_stride = (frames + 1) * Modes; ///< of chunks of B and C
    static constexpr int share_stride = frames + 4;               ///< of modes
    static constexpr int chunk_stride = Modes * share_stride + (Modes == 4 ? 0 : 16); ///< of chunks of shares
    static constexpr int signal_floats = chunks * signal_stride;
    static constexpr int selection_floats = chunks * selection_stride;
    static constexpr int share_floats = chunks * chunk_stride;
    static constexpr int shared_floats =
        3 * signal_floats + 2 * selection_floats + 2 * share_floats + threads;

    struct Arguments {
        std::int64_t frames;
        int channels, modes, segments, chunks, tiles;     ///< the last three of a row
        const float *decay, *delta, *u, *input, *readout; ///< as SelectiveInput
        const float* output_gradient;
        const double *states, *adjoints; ///< [row][segment][Modes]: before it, behind it
        const float *chunk_states, *chunk_adjoints, *chunk_before, *chunk_behind; ///< of SelectiveCheckpoints
        float *u_gradient, *delta_gradient;                                       ///< written, signals
        float *input_gradient, *readout_gradient; ///< written [batch][time][mode]
        double* decay_shares;                     ///< written [batch][tile][channel][mode]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int tile = group.block() % in.tiles, batch = group.block() / in.tiles;
        const int mode = group.thread() % Modes, chunk = group.thread() / Modes;
        const std::int64_t begin = std::int64_t(tile) * tile_frames, left = in.frames - begin;
        const int count = left < tile_frames ? int(left) : tile_frames;
        const std::int64_t selection = (batch * in.frames + begin) * in.modes;
        float* delta_tile = group.shared();
        float* u_tile = delta_tile + signal_floats;
        float* dy_tile = u_tile + signal_floats;
        float* b_tile = dy_tile + signal_floats;
        float* c_tile = b_tile + selection_floats;
        float* u_shares = c_tile + selection_floats;
        float* delta_shares = u_shares + share_floats;
        float* decay_tile = delta_shares + share_floats;
        for (int i = group.thread(); i < tile_frames * Modes; i += threads) {
            const int t = i / Modes, n = i % Modes,
                      to = t / frames * selection_stride + t % frames * Modes + n;
            const bool there = t < count && n < in.modes; // past the end, and for modes that lack, all is 0
            b_tile[to] = there ? in.input[selection + std::int64_t(t) * in.modes + n] : 0.0f;
            c_tile[to] = there ? in.readout[selection + std::int64_t(t) * in.modes + n] : 0.0f;
        }
        const float *b = b_tile + chunk * selection_stride + mode,
                    *c = c_tile + chunk * selection_stride + mode;
        const float *delta = delta_tile + chunk * signal_stride, *u = u_tile + chunk * signal_stride,
                    *dy = dy_tile + chunk * signal_stride;
        float* u_share = u_shares + chunk * chunk_stride + mode * share_stride;
        float* delta_share = delta_shares + chunk * chunk_stride + mode * share_stride;
        float by_b[frames], by_c[frames];
        CONTINUO_UNROLL
        for (int t = 0; t < frames; ++t)
            by_b[t] = by_c[t] = 0.0f;

        Signals next(in, std::int64_t(batch) * in.channels * in.frames + begin, group.thread(), count);
        for (int channel = 0; channel < in.channels; ++channel) {
            const std::int64_t row = std::int64_t(batch) * in.channels + channel,
                               at = row * in.frames + begin;
            next.write(delta_tile, u_tile, dy_tile, group.thread());
            const Ends ends(in, row, channel, tile * chunks + chunk, mode);
            group.barrier();

            // Steps e, and how far the state is from what draws it; then shares of du and of dΔ.
            float step[frames], away[frames], x = ends.state;
            CONTINUO_UNROLL
            for (int t = 0; t < frames; t += 4) {
                const Float4 deltas = four(delta + t), us = four(u + t), dys = four(dy + t);
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i) {
                    step[t + i] = exponential_minus_one(deltas.value[i] * ends.decay);
                    away[t + i] = fused(-b[(t + i) * Modes], us.value[i], x);
                    x = fused(step[t + i], away[t + i], x);
                    by_c[t + i] = fused(dys.value[i], x, by_c[t + i]);
                }
            }
            float p = ends.adjoint, by_decay = 0.0f;
            CONTINUO_UNROLL
            for (int t = frames - 4; t >= 0; t -= 4) {
                const Float4 deltas = four(delta + t), us = four(u + t), dys = four(dy + t);
                Float4 u_four, delta_four;
                CONTINUO_UNROLL
                for (int i = 3; i >= 0; --i) {
                    p = fused(c[(t + i) * Modes], dys.value[i], p);
                    const float by_driven = -(step[t + i] * p);
                    p = fused(step[t + i], p, p);
                    const float by_exponent = away[t + i] * p;
                    by_b[t + i] = fused(by_driven, us.value[i], by_b[t + i]);
                    by_decay = fused(deltas.value[i], by_exponent, by_decay);
                    u_four.value[i] = by_driven * b[(t + i) * Modes];
                    delta_four.value[i] = ends.decay * by_exponent;
                }
                *reinterpret_cast<Float4*>(u_share + t) = u_four;
                *reinterpret_cast<Float4*>(delta_share + t) = delta_four;
            }
            decay_tile[group.thread()] = by_decay;
            if (channel + 1 < in.channels) // now that the steps' registers are free
                next = Signals(in, at + in.frames, group.thread(), count);
            group.barrier();

            CONTINUO_UNROLL
            for (int i = 0; i < own; ++i) {
                const int t = group.thread() + i * threads;
                const int share = t / frames * chunk_stride + t % frames;
                float by_u = 0.0f, by_delta = 0.0f;
                CONTINUO_UNROLL
                for (int n = 0; n < Modes; ++n) {
                    by_u += u_shares[share + n * share_stride];
                    by_delta += delta_shares[share + n * share_stride];
                }
                if (t < count) {
                    in.u_gradient[at + t] = by_u;
                    in.delta_gradient[at + t] = by_delta;
                }
            }
            if (group.thread() < in.modes) {
                double sum = 0.0;
                CONTINUO_UNROLL
                for (int k = 0; k < chunks; ++k)
                    sum += double(decay_tile[k * Modes + group.thread()]);
                in.decay_shares[(std::int64_t(group.block()) * in.channels + channel) * in.modes +
                                group.thread()] = sum;
            }
        }
        CONTINUO_UNROLL
        for (int t = 0; t < frames; ++t) {
            if (chunk * frames + t < count && mode < in.modes) {
                const std::int64_t to = selection + std::int64_t(chunk * frames + t) * in.modes + mode;
                in.input_gradient[to] = by_b[t];
                in.readout_gradient[to] = by_c[t];
            }
        }
    }

  private:
    CONTINUO_HOST_DEVICE static Float4 four(const float* from) {
        return *reinterpret_cast<const Float4*>(from);
    }

    /// A thread's samples of a tile, on their way from memory while those of the channel before are summed.
    struct Signals {
        float delta[own], u[own], dy[own];

        CONTINUO_HOST_DEVICE Signals(const Arguments& in, std::int64_t at, int thread, int count) {
            CONTINUO_UNROLL
            for (int i = 0; i < own; ++i) {
                const int t = thread + i * threads;
                delta[i] = t < count ? in.delta[at + t] : 0.0f;
                u[i] = t < count ? in.u[at + t] : 0.0f;
                dy[i] = t < count ? in.output_gradient[at + t] : 0.0f;
            }
        }
        CONTINUO_HOST_DEVICE void write(float* delta_tile, float* u_tile, float* dy_tile, int thread) const {
            CONTINUO_UNROLL
            for (int i = 0; i < own; ++i) {
                const int t = thread + i * threads, to = t / frames * signal_stride + t % frames;
                delta_tile[to] = delta[i];
                u_tile[to] = u[i];
                dy_tile[to] = dy[i];
            }
        }
    };

    /// The state before a chunk and the adjoint behind it: those of the segment decay over what is between,
    /// and what they have in the chunks between if the segment begins at 0 is added.
    struct Ends {
        float decay = 0.0f, state = 0.0f, adjoint = 0.0f;

        CONTINUO_HOST_DEVICE Ends(const Arguments& in, std::int64_t row, int channel, int chunk, int mode) {
            if (chunk >= in.chunks || mode >= in.modes)
                return;
            const std::int64_t place = row * in.chunks + chunk;
            const std::int64_t segment = (row * in.segments + chunk / segment_chunks) * Modes + mode;
            decay = in.decay[channel * in.modes + mode];
            state = float(in.states[segment]);
            adjoint = float(in.adjoints[segment]);
            state += fused(exponential_minus_one(decay * in.chunk_before[place]), state,
                           in.chunk_states[place * Modes + mode]);
            adjoint += fused(exponential_minus_one(decay * in.chunk_behind[place]), adjoint,
                             in.chunk_adjoints[place * Modes + mode]);
        }
    };
};

} // namespace continuo::parallel
