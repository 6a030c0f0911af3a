#pragma once

#include "models/operations/coefficient_sums.h"
#include "models/parallel/kernels/stack_ends.h"
#include "models/parallel/portable.h"
#include "models/parallel/sequence.h"
#include "models/parallel/trained_sequence.h"

namespace continuo::parallel {

using operations::CoefficientSumLayout;
using operations::StackLayout;

/// Samples that one block of threads takes where a thread owns one sample with all of its channels.
inline constexpr int samples_per_block = 256;

/// Floats of sums over the samples of a block, as its kernels leave them: for the encoder, for the decoder,
/// for the decoder's bias.
template <int Channels>
inline constexpr int sample_sum_floats = 2 * Channels + 1;

/// Which sequences and which of their samples a block of threads works on.
struct SampleTables {
    const Sequence* sequences;
    const TrainedSequence* trained;
    const BlockOfSegments* blocks; ///< `index` counts samples_per_block
};

/// The sample of a thread.
struct OwnSample {
    Sequence sequence;
    TrainedSequence trained;
    int begin, t; ///< the block's first sample and the thread's, in samples of the sequence
    bool inside;

    CONTINUO_HOST_DEVICE OwnSample(const SampleTables& tables, int block, int thread) {
        const BlockOfSegments at = tables.blocks[block];
        sequence = tables.sequences[at.sequence];
        trained = tables.trained[at.sequence];
        begin = at.index * samples_per_block;
        t = begin + thread;
        inside = t < sequence.frames;
    }
    CONTINUO_HOST_DEVICE std::int64_t place() const { return sequence.first + t; }
    CONTINUO_HOST_DEVICE std::int64_t audio() const { return trained.audio + t; }
};

/// Sums over the samples of a block, in an order of their own: 8 strands, then the strands.
///
/// \tparam Values  of each sample that are summed
template <int Values>
struct SampleSums {
    static constexpr int strands = 8, length = samples_per_block / strands;
    static constexpr int stride = samples_per_block + 4 * strands; ///< between values; free of conflicts
    static constexpr int floats = Values * stride + Values * strands;
    static_assert(Values * strands <= samples_per_block, "there is a thread for each strand of each value");

    CONTINUO_HOST_DEVICE static void put(float* shared, int value, int thread, float x) {
        shared[value * stride + thread + thread / length * 4] = x;
    }
    /// After a barrier. Another one before finish().
    CONTINUO_HOST_DEVICE static void sum_strands(float* shared, int thread) {
        if (thread >= Values * strands)
            return;
        const int value = thread / strands, strand = thread % strands;
        const float* from = shared + value * stride + strand * (length + 4);
        float sum = 0.0f;
        CONTINUO_UNROLL
        for (int i = 0; i < length; i += 4) {
            const Float4 four = *reinterpret_cast<const Float4*>(from + i);
            sum += (four.value[0] + four.value[1]) + (four.value[2] + four.value[3]);
        }
        shared[Values * stride + strand * Values + value] = sum;
    }
    /// The sum of value `thread` < Values.
    CONTINUO_HOST_DEVICE static float finish(const float* shared, int thread) {
        float sum = 0.0f;
        for (int i = 0; i < strands; ++i)
            sum += shared[Values * stride + i * Values + thread];
        return sum;
    }
};

} // namespace continuo::parallel
