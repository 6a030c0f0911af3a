#pragma once

#include <cstdint>

namespace continuo::parallel {

/// What a kernel of the trainer knows of a sequence beside its `Sequence`. One more stands after the last,
/// with the numbers of blocks that there are.
struct TrainedSequence {
    std::int64_t audio;                   ///< its first sample in the recordings
    std::uint64_t seed;                   ///< of its signs
    double plain_scale, emphasised_scale; ///< GradientSequence
    std::int32_t warm_up, derived_from;   ///< samples
    std::int32_t first_backward_block, first_sample_block;
};

/// Which sequences make a row of sums: [first, end).
struct SequenceRow {
    std::int32_t first, end;
};

} // namespace continuo::parallel
