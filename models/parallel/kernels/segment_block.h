#pragma once

#include "models/operations/stack_layout.h"
#include "models/parallel/kernels/stack_ends.h"
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
    static constexpr int tile = 32 * Parts;                   ///< samples of time in shared memory
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

/// In a tile, the groups of four channels of a sample stand in an order that changes with time, so that
/// threads which read or write whole samples at once meet no bank of shared memory twice. Where group `four`
/// of sample `t` stands is four ^ swizzle(t).
template <int Channels>
CONTINUO_HOST_DEVICE constexpr int swizzle(int t) {
    return Channels == 16 ? t >> 1 & 3 : t >> 2 & 1;
}

/// One channel of one segment in a tile, for the thread that walks through its time.
template <int Channels>
class TileColumn {
  public:
    /// \param tile  of the segment
    CONTINUO_HOST_DEVICE TileColumn(float* tile, int channel) : tile_(tile), channel_(channel) {
        CONTINUO_UNROLL
        for (int k = 0; k < Channels / 4; ++k)
            columns_[k] = tile + ((channel / 4) ^ k) * 4 + channel % 4;
    }
    /// Sample eight + i, `eight` a multiple of 8 and i in [0, 8) known to the compiler.
    CONTINUO_HOST_DEVICE float& at(int eight, int i) const {
        return columns_[swizzle<Channels>(i)][(eight + i) * Channels];
    }
    /// Any sample.
    CONTINUO_HOST_DEVICE float& at(int t) const {
        return tile_[t * Channels + ((channel_ / 4) ^ swizzle<Channels>(t)) * 4 + channel_ % 4];
    }

  private:
    float* tile_;
    int channel_;
    float* columns_[Channels / 4];
};

/// One sample of a tile that a thread owns while it works on all channels.
struct TileSample {
    bool inside;        ///< within its segment
    std::int64_t place; ///< in the signals
    int shared;         ///< in the tile
    int t;              ///< of the tile
};

/// The `s`-th sample of this thread in the tile that begins `at` samples after the segments do.
template <int Channels, int Parts = 1>
CONTINUO_HOST_DEVICE TileSample tile_sample(const SegmentRange<Channels>& range, int thread, int s, int at) {
    using Block = SegmentBlock<Channels, Parts>;
    const int item = thread + s * Block::threads, segment = item / Block::tile, t = item % Block::tile;
    return {at + t < range.frames(segment), range.first(segment) + at + t,
            segment * Block::stride + t * Channels, t};
}

/// All channels of a sample from a tile, and into it.
template <int Channels>
CONTINUO_HOST_DEVICE void read_tile(const float* tile, const TileSample& sample, float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; c += 4) {
        const int place = sample.shared + (c ^ swizzle<Channels>(sample.t) * 4);
        const Float4 four = *reinterpret_cast<const Float4*>(tile + place);
        CONTINUO_UNROLL
        for (int i = 0; i < 4; ++i)
            x[c + i] = four.value[i];
    }
}
template <int Channels>
CONTINUO_HOST_DEVICE void write_tile(float* tile, const TileSample& sample, const float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; c += 4) {
        Float4 four;
        CONTINUO_UNROLL
        for (int i = 0; i < 4; ++i)
            four.value[i] = x[c + i];
        *reinterpret_cast<Float4*>(tile + sample.shared + (c ^ swizzle<Channels>(sample.t) * 4)) = four;
    }
}

/// v = tanh(W x + b) for a tile, into shared memory; 0 past the end of a segment.
///
/// \param mixing  W and b in shared memory
/// \param trace   where v is kept as well [time][channel], or null
template <int Channels, int Parts = 1, class Group>
CONTINUO_HOST_DEVICE void drive_tile(Group& group, const SegmentRange<Channels>& range, const StackEnds& ends,
                                     const float* x, int at, const float* mixing, float* tile, float* trace) {
    using Block = SegmentBlock<Channels, Parts>;
    float in[Block::samples][Channels], v[Block::samples][Channels];
    CONTINUO_UNROLL
    for (int s = 0; s < Block::samples; ++s) {
        const TileSample sample = tile_sample<Channels, Parts>(range, group.thread(), s, at);
        if (sample.inside)
            read_channels<Channels>(ends, x, sample.place, in[s]);
        else
            clear<Channels>(in[s]);
    }
    multiply<Channels, Block::samples>(mixing, in, v);
    CONTINUO_UNROLL
    for (int s = 0; s < Block::samples; ++s) {
        const TileSample sample = tile_sample<Channels, Parts>(range, group.thread(), s, at);
        tanh_of_all<Channels>(v[s]);
        write_tile<Channels>(tile, sample, v[s]);
        if (trace != nullptr && sample.inside)
            write_sample<Channels>(trace + sample.place * Channels, v[s]);
    }
}

/// Place of a mode's state among those of all segments: [segment][mode][real, imaginary][channel].
template <int Channels>
CONTINUO_HOST_DEVICE std::int64_t state_place(std::int64_t segment, int modes, int mode, int channel) {
    return (segment * modes + mode) * 2 * Channels + channel;
}

} // namespace continuo::parallel
