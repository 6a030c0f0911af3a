#pragma once

#include "models/operations/coefficient_sums.h"
#include "models/parallel/kernels/mode_step.h"
#include "models/parallel/kernels/stack_ends.h"
#include "models/parallel/portable.h"
#include "models/parallel/sequence.h"
#include "models/parallel/trained_sequence.h"

// How the kernels of the backward pass share out a block of threads. For the recurrence, a thread owns one
// mode of one channel of one segment: training looks at little audio at a time, and a mode for each thread
// fills a GPU. For the matrices, a thread owns samples, or four of their channels. Between the two, signals
// lie in shared memory in rows of one channel of one segment, so that four samples are read at once. Time
// past the end of a sequence is zero, and every loop over a segment has a constant length.

namespace continuo::parallel {

using operations::CoefficientSumLayout;
using operations::StackLayout;

/// Constants of a kernel for `Channels` channels (8 or 16) with `Modes` modes each (4, 8 or 16).
template <int Channels, int Modes>
struct BackwardBlock {
    static constexpr int threads = 256;
    static constexpr int segments = threads / (Channels * Modes);
    static constexpr int frames = frames_per_segment; ///< of a segment
    static constexpr int samples = segments * frames;
    static constexpr int rows = segments * Channels; ///< of a tile
    static constexpr int stride = frames + 4;        ///< floats between rows, free of conflicts
    static constexpr int tile_floats = rows * stride;

    // where a thread owns samples
    static constexpr int quads =
        Channels / 4 < 16 / Modes ? Channels / 4 : 16 / Modes; ///< times four channels
    static constexpr int own = 4 * quads;                      ///< channels of a sample for each thread
    static constexpr int items = samples * (Channels / own) / threads; ///< for each thread

    // where a thread sums over samples
    static constexpr int pair_tiles = Channels * Channels / 4; ///< of a matrix, two by two
    static constexpr int matrix_strands = threads / pair_tiles;
    static constexpr int matrix_floats = matrix_strands * Channels * Channels;
    static constexpr int vector_strands = threads / Channels;
};

/// Which sequences and which of their segments a block of threads works on.
struct BackwardTables {
    const Sequence* sequences;
    const TrainedSequence* trained;
    const BlockOfSegments* blocks; ///< from a sequence's derived_from on
};

template <int Channels, int Modes>
struct BackwardRange {
    using Block = BackwardBlock<Channels, Modes>;
    Sequence sequence;
    int begin; ///< of the block's first segment, in samples of the sequence

    CONTINUO_HOST_DEVICE BackwardRange(const BackwardTables& tables, int block) {
        const BlockOfSegments at = tables.blocks[block];
        sequence = tables.sequences[at.sequence];
        begin = tables.trained[at.sequence].derived_from + at.index * Block::samples;
    }
    /// Samples of segment `index` of the block: 0 where it lies past the end.
    CONTINUO_HOST_DEVICE int frames(int index) const {
        const int left = sequence.frames - begin - index * Block::frames;
        return left < 0 ? 0 : left < Block::frames ? left : Block::frames;
    }
};

/// Channels of a sample that a thread owns while it works across channels.
template <int Channels, int Modes>
struct SampleItem {
    using Block = BackwardBlock<Channels, Modes>;
    bool inside;        ///< within its segment
    std::int64_t place; ///< of the first channel in signals [time][channel]
    int segment, t, channel;

    CONTINUO_HOST_DEVICE SampleItem(const BackwardRange<Channels, Modes>& range, int thread, int item) {
        const int index = thread + item * Block::threads, sample = index % Block::samples;
        segment = sample / Block::frames;
        t = sample % Block::frames;
        channel = index / Block::samples * Block::own;
        inside = t < range.frames(segment);
        place = (range.sequence.first + range.begin + sample) * Channels + channel;
    }
    /// Its place in a tile. \param c  0 is the first channel of the item
    CONTINUO_HOST_DEVICE int at(int c) const {
        return (segment * Channels + channel + c) * Block::stride + t;
    }
    CONTINUO_HOST_DEVICE void read(const float* signal, float (&x)[Block::own]) const {
        if (inside)
            read_sample<Block::own>(signal + place, x);
        else
            clear<Block::own>(x);
    }
    CONTINUO_HOST_DEVICE void write(float* signal, const float (&x)[Block::own]) const {
        if (inside)
            write_sample<Block::own>(signal + place, x);
    }
    CONTINUO_HOST_DEVICE void to_tile(float* tile, const float (&x)[Block::own]) const {
        CONTINUO_UNROLL
        for (int c = 0; c < Block::own; ++c)
            tile[at(c)] = x[c];
    }
};

/// x[own] += Σ_to matrix[to][own] y[to] for the channels that a thread owns of a sample: Mᵀ y.
///
/// \param matrix  [to][from] in shared memory
/// \param tile    y of all channels
template <int Channels, int Modes>
CONTINUO_HOST_DEVICE void add_transposed(const float* matrix, const float* tile,
                                         const SampleItem<Channels, Modes>& item,
                                         float (&x)[BackwardBlock<Channels, Modes>::own]) {
    using Block = BackwardBlock<Channels, Modes>;
    const float* y = tile + item.segment * Channels * Block::stride + item.t;
    CONTINUO_UNROLL
    for (int to = 0; to < Channels; ++to) {
        const float value = y[to * Block::stride];
        CONTINUO_UNROLL
        for (int c = 0; c < Block::own; c += 4) {
            const Float4 row = *reinterpret_cast<const Float4*>(matrix + to * Channels + item.channel + c);
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                x[c + i] = fused(row.value[i], value, x[c + i]);
        }
    }
}

/// Σ_t a[to] b[from] over the block's samples, each thread two by two of them over a strand of the samples:
/// strands [strand][from][to] in shared memory, which sum_of() adds up.
template <int Channels, int Modes, class Group>
CONTINUO_HOST_DEVICE void multiply_tiles(Group& group, const float* a, const float* b, float* strands) {
    using Block = BackwardBlock<Channels, Modes>;
    constexpr int length = Block::samples / Block::matrix_strands;
    static_assert(Block::frames % length == 0, "a strand lies in one segment");
    const int tile = group.thread() % Block::pair_tiles, strand = group.thread() / Block::pair_tiles;
    const int to = tile % (Channels / 2) * 2, from = tile / (Channels / 2) * 2;
    const int segment = strand * length / Block::frames, begin = strand * length % Block::frames;
    a += (segment * Channels + to) * Block::stride + begin;
    b += (segment * Channels + from) * Block::stride + begin;
    float sum[2][2] = {{0.0f, 0.0f}, {0.0f, 0.0f}};
    for (int t = 0; t < length; t += 4) {
        Float4 left[2], right[2];
        CONTINUO_UNROLL
        for (int i = 0; i < 2; ++i) {
            left[i] = *reinterpret_cast<const Float4*>(a + i * Block::stride + t);
            right[i] = *reinterpret_cast<const Float4*>(b + i * Block::stride + t);
        }
        CONTINUO_UNROLL
        for (int k = 0; k < 4; ++k) {
            CONTINUO_UNROLL
            for (int i = 0; i < 2; ++i) {
                CONTINUO_UNROLL
                for (int j = 0; j < 2; ++j)
                    sum[i][j] = fused(right[i].value[k], left[j].value[k], sum[i][j]);
            }
        }
    }
    CONTINUO_UNROLL
    for (int i = 0; i < 2; ++i) {
        CONTINUO_UNROLL
        for (int j = 0; j < 2; ++j)
            strands[(strand * Channels + from + i) * Channels + to + j] = sum[i][j];
    }
}

/// Σ_t a over the block's samples, in strands [strand][channel].
template <int Channels, int Modes, class Group>
CONTINUO_HOST_DEVICE void sum_rows(Group& group, const float* a, float* strands) {
    using Block = BackwardBlock<Channels, Modes>;
    constexpr int length = Block::frames / Modes; // as many threads to a row as there are modes
    const int row = group.thread() % Block::rows, piece = group.thread() / Block::rows;
    a += row * Block::stride + piece * length;
    float sum = 0.0f;
    CONTINUO_UNROLL
    for (int t = 0; t < length; t += 4) {
        const Float4 four = *reinterpret_cast<const Float4*>(a + t);
        sum += (four.value[0] + four.value[1]) + (four.value[2] + four.value[3]);
    }
    strands[(row / Channels * Modes + piece) * Channels + row % Channels] = sum;
}

/// The sum of `count` strands, `stride` floats apart, in their order.
CONTINUO_HOST_DEVICE float sum_of(const float* strands, int count, int stride) {
    float sum = 0.0f;
    for (int i = 0; i < count; ++i)
        sum += strands[i * stride];
    return sum;
}

/// The mode, channel and segment of a thread where it owns a mode, with its coefficients; one that the stack
/// lacks forgets at once and adds nothing.
template <int Channels, int Modes>
struct OwnMode {
    int channel, mode, segment, row;
    bool there;
    float delta_real, delta_imag, readout_real, readout_imag;

    CONTINUO_HOST_DEVICE OwnMode(const StackLayout& layout, const float* layer, int thread)
        : channel(thread % Channels), mode(thread / Channels % Modes), segment(thread / (Channels * Modes)),
          row(segment * Channels + channel), there(mode < layout.modes) {
        const int place = mode * Channels + channel;
        delta_real = there ? layer[layout.mode_values(0) + place] : -1.0f;
        delta_imag = there ? layer[layout.mode_values(1) + place] : 0.0f;
        readout_real = there ? layer[layout.mode_values(2) + place] : 0.0f;
        readout_imag = there ? layer[layout.mode_values(3) + place] : 0.0f;
    }
};

} // namespace continuo::parallel
