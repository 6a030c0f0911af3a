#pragma once

#include "models/operations/stack_layout.h"
#include "models/parallel/portable.h"
#include "models/parallel/sequence.h"

// How one block of threads is shared out, in two ways that take turns. For what happens between channels (the
// matrices), a thread owns samples, with all of their channels in registers. For the recurrence, a thread
// owns one channel of one segment, with all of its modes in registers, and walks through time. Between the
// two, a tile of time goes through shared memory.

namespace continuo::parallel {

using operations::StackLayout;

/// Constants of a kernel for `Channels` channels (8 or 16).
///
/// \tparam Parts  threads that share out the modes of one channel of one segment
template <int Channels, int Parts = 1>
struct SegmentBlock {
    static constexpr int threads = 128 * Parts;
    static constexpr int segments = 128 / Channels;           ///< of a block
    static constexpr int tile = 16 * Parts;                   ///< samples of time in shared memory
    static constexpr int samples = segments * tile / threads; ///< of a tile, for each thread
    static constexpr int stride = tile * Channels + Channels; ///< floats between segments, free of conflicts
    static constexpr int tile_floats = segments * stride;
    static constexpr int matrix_floats = Channels * Channels + Channels; ///< a matrix and what is added
};

/// Which segments a block of threads works on.
template <int Channels>
struct SegmentRange {
    using Block = SegmentBlock<Channels>;
    Sequence sequence;
    int begin; ///< of the block's first segment, in samples of the sequence
    int segment_frames;

    CONTINUO_HOST_DEVICE SegmentRange(const Sequence* sequences, const BlockOfSegments& block, int frames)
        : sequence(sequences[block.sequence]), begin(block.index * Block::segments * frames),
          segment_frames(frames) {}

    /// Samples of segment `index` of the block: 0 where it lies past the end.
    CONTINUO_HOST_DEVICE int frames(int index) const {
        const int left = sequence.frames - begin - index * segment_frames;
        return left < 0 ? 0 : left < segment_frames ? left : segment_frames;
    }
    /// Place of a segment's first sample in the signals.
    CONTINUO_HOST_DEVICE std::int64_t first(int index) const {
        return sequence.first + begin + std::int64_t(index) * segment_frames;
    }
};

/// Takes a matrix [·][Channels] and the vector that is added to its products into shared memory.
template <int Channels, int Parts = 1, class Group>
CONTINUO_HOST_DEVICE void load_matrix(Group& group, const float* matrix, const float* added, float* shared) {
    constexpr int threads = SegmentBlock<Channels, Parts>::threads;
    for (int i = group.thread(); i < Channels * Channels; i += threads)
        shared[i] = matrix[i];
    for (int i = group.thread(); i < Channels; i += threads)
        shared[Channels * Channels + i] = added != nullptr ? added[i] : 0.0f;
}

/// y[s][to] = added[to] + Σ_from matrix[from][to] x[s][from] for a thread's samples.
template <int Channels, int Samples>
CONTINUO_HOST_DEVICE void multiply(const float* shared, const float (&x)[Samples][Channels],
                                   float (&y)[Samples][Channels]) {
    CONTINUO_UNROLL
    for (int s = 0; s < Samples; ++s) {
        CONTINUO_UNROLL
        for (int to = 0; to < Channels; ++to)
            y[s][to] = shared[Channels * Channels + to];
    }
    CONTINUO_UNROLL
    for (int from = 0; from < Channels; ++from) {
        CONTINUO_UNROLL
        for (int to = 0; to < Channels; to += 4) {
            const Float4 row = *reinterpret_cast<const Float4*>(shared + from * Channels + to);
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i) {
                CONTINUO_UNROLL
                for (int s = 0; s < Samples; ++s)
                    y[s][to + i] = fused(row.value[i], x[s][from], y[s][to + i]);
            }
        }
    }
}

template <int Channels>
CONTINUO_HOST_DEVICE void read_sample(const float* from, float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; c += 4) {
        const Float4 four = *reinterpret_cast<const Float4*>(from + c);
        CONTINUO_UNROLL
        for (int i = 0; i < 4; ++i)
            x[c + i] = four.value[i];
    }
}

template <int Channels>
CONTINUO_HOST_DEVICE void write_sample(float* to, const float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; c += 4) {
        Float4 four;
        CONTINUO_UNROLL
        for (int i = 0; i < 4; ++i)
            four.value[i] = x[c + i];
        *reinterpret_cast<Float4*>(to + c) = four;
    }
}

template <int Channels>
CONTINUO_HOST_DEVICE void clear(float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; ++c)
        x[c] = 0.0f;
}

/// One sample of a tile that a thread owns while it works on all channels.
struct TileSample {
    bool inside;        ///< within its segment
    std::int64_t place; ///< in the signals
    int shared;         ///< of its first channel in the tile
};

/// The `s`-th sample of this thread in the tile that begins `at` samples after the segments do.
template <int Channels, int Parts = 1>
CONTINUO_HOST_DEVICE TileSample tile_sample(const SegmentRange<Channels>& range, int thread, int s, int at) {
    using Block = SegmentBlock<Channels, Parts>;
    const int item = thread + s * Block::threads, segment = item / Block::tile, t = item % Block::tile;
    return {at + t < range.frames(segment), range.first(segment) + at + t,
            segment * Block::stride + t * Channels};
}

/// v = tanh(W x + b) for a tile, into shared memory; 0 past the end of a segment.
///
/// \param mixing  W and b in shared memory
/// \param trace   where v is kept as well [time][channel], or null
template <int Channels, int Parts = 1, class Group>
CONTINUO_HOST_DEVICE void drive_tile(Group& group, const SegmentRange<Channels>& range, const float* x,
                                     int at, const float* mixing, float* tile, float* trace) {
    using Block = SegmentBlock<Channels, Parts>;
    float in[Block::samples][Channels], v[Block::samples][Channels];
    CONTINUO_UNROLL
    for (int s = 0; s < Block::samples; ++s) {
        const TileSample sample = tile_sample<Channels, Parts>(range, group.thread(), s, at);
        if (sample.inside)
            read_sample<Channels>(x + sample.place * Channels, in[s]);
        else
            clear<Channels>(in[s]);
    }
    multiply<Channels, Block::samples>(mixing, in, v);
    CONTINUO_UNROLL
    for (int s = 0; s < Block::samples; ++s) {
        const TileSample sample = tile_sample<Channels, Parts>(range, group.thread(), s, at);
        tanh_of_all<Channels>(v[s]);
        write_sample<Channels>(tile + sample.shared, v[s]);
        if (trace != nullptr && sample.inside)
            write_sample<Channels>(trace + sample.place * Channels, v[s]);
    }
}

/// One sample of one mode, z ← z + (δ z + v): the increment is summed first, so that a slow mode's large z is
/// rounded once. A mode that the stack lacks forgets at once. \param layer  its coefficients
template <int Channels>
CONTINUO_HOST_DEVICE void step_mode(const float* layer, const StackLayout& layout, int mode, int channel,
                                    float v, float& real, float& imag) {
    const bool there = mode < layout.modes;
    const float dr = there ? layer[layout.mode_values(0) + mode * Channels + channel] : -1.0f;
    const float di = there ? layer[layout.mode_values(1) + mode * Channels + channel] : 0.0f;
    const float more_real = fused(-di, imag, fused(dr, real, v)), more_imag = fused(di, real, dr * imag);
    real += more_real;
    imag += more_imag;
}

/// The modes of one channel in registers. Those that the stack lacks forget at once: δ = −1, C' = 0.
template <int Channels, int Modes>
struct ChannelModes {
    float delta_real[Modes], delta_imag[Modes];

    CONTINUO_HOST_DEVICE void load(const float* layer, const StackLayout& layout, int channel) {
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n) {
            const bool there = n < layout.modes;
            delta_real[n] = there ? layer[layout.mode_values(0) + n * Channels + channel] : -1.0f;
            delta_imag[n] = there ? layer[layout.mode_values(1) + n * Channels + channel] : 0.0f;
        }
    }

    /// z ← z + (δ z + v): the increment is summed first, so that a slow mode's large z is rounded once.
    CONTINUO_HOST_DEVICE void step(int n, float v, float& real, float& imag) const {
        const float more_real = fused(-delta_imag[n], imag, fused(delta_real[n], real, v));
        const float more_imag = fused(delta_imag[n], real, delta_real[n] * imag);
        real += more_real;
        imag += more_imag;
    }
};

/// Place of a mode's state among those of all segments: [segment][mode][real, imaginary][channel].
template <int Channels>
CONTINUO_HOST_DEVICE std::int64_t state_place(std::int64_t segment, int modes, int mode, int channel) {
    return (segment * modes + mode) * 2 * Channels + channel;
}

} // namespace continuo::parallel
