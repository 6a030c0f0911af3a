#pragma once

#include "models/parallel/scan/selective/kernels/selective_row.h"

namespace continuo::parallel {

/// The narrow half of phase 2 of the selective scan, between those of SelectiveRuns: from where every run of
/// segments ends if it begins at 0 to where it begins in truth, in double. Each thread takes one mode of a
/// few neighbours: it folds them from 0, then all before them, then them again. One block of threads a row.
template <int Modes>
struct SelectiveFold {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int strands = threads / Modes;
    static constexpr int shared_floats = 2 * (threads + strands);

    struct Arguments {
        int channels, modes, runs;
        const float* decay;    ///< A [channel][mode]
        const double* initial; ///< [row][mode], or null for 0
        const double* spans;   ///< ΣΔ [row][run]
        double* states; ///< [row][run][Modes]: where it ends if it begins at 0; on return where it begins
        double* final;  ///< [row][mode], or null
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block(), mode = group.thread() % Modes, own = group.thread() / Modes;
        const bool there = mode < in.modes;
        const SelectiveRow<Modes, false> runs{
            in.runs, there ? double(in.decay[row % in.channels * in.modes + mode]) : 0.0,
            in.spans + std::int64_t(row) * in.runs, in.states + std::int64_t(row) * in.runs * Modes + mode};
        const int each = (in.runs + strands - 1) / strands;
        const int begin = own * each < in.runs ? own * each : in.runs;
        const int end = begin + each < in.runs ? begin + each : in.runs;

        double *ends = reinterpret_cast<double*>(group.shared()), *strand_spans = ends + threads;
        double span = 0.0;
        ends[group.thread()] = runs.end_of(begin, end, span);
        if (mode == 0)
            strand_spans[own] = span;
        group.barrier();
        double state = there && in.initial != nullptr ? in.initial[std::int64_t(row) * in.modes + mode] : 0.0;
        for (int r = 0; r < own; ++r)
            state = fused(exponential(runs.decay * strand_spans[r]), state, ends[r * Modes + mode]);
        state = runs.spread(begin, end, state);
        if (there && in.final != nullptr && begin < end && end == in.runs)
            in.final[std::int64_t(row) * in.modes + mode] = state;
    }
};

} // namespace continuo::parallel
