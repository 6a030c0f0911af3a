#pragma once

#include "models/parallel/scan/selective/exponential.h"

namespace continuo::parallel {

/// Phase 2 of the selective scan: from where every segment ends if it begins at 0 to where it begins in
/// truth, left to right in double. A segment multiplies a state by exp(A ΣΔ). The segments of a row are cut
/// into runs, each folded by one thread for each mode; then the runs before its own; then each run again. One
/// block of threads a row.
template <int Modes>
struct SelectiveFold {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int runs = threads / Modes;
    static constexpr int shared_floats = 2 * (threads + runs);

    struct Arguments {
        int channels, modes, segments;
        const float* decay;    ///< A [channel][mode]
        const double* initial; ///< [row][mode], or null for 0
        const double* spans;   ///< ΣΔ [row][segment]
        double* states; ///< [row][segment][Modes]: where it ends if it begins at 0; on return where it begins
        double* final;  ///< [row][mode], or null
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block(), mode = group.thread() % Modes, own = group.thread() / Modes;
        const bool there = mode < in.modes;
        const double decay = there ? double(in.decay[row % in.channels * in.modes + mode]) : 0.0;
        const double* spans = in.spans + std::int64_t(row) * in.segments;
        double* states = in.states + std::int64_t(row) * in.segments * Modes + mode;
        const int each = (in.segments + runs - 1) / runs;
        const int begin = own * each < in.segments ? own * each : in.segments;
        const int end = begin + each < in.segments ? begin + each : in.segments;

        double *ends = reinterpret_cast<double*>(group.shared()), *run_spans = ends + threads;
        double state = 0.0, span = 0.0;
        for (int s = begin; s < end; ++s) {
            state = fused(exponential(decay * spans[s]), state, states[std::int64_t(s) * Modes]);
            span += spans[s];
        }
        ends[group.thread()] = state;
        if (mode == 0)
            run_spans[own] = span;
        group.barrier();
        state = there && in.initial != nullptr ? in.initial[std::int64_t(row) * in.modes + mode] : 0.0;
        for (int r = 0; r < own; ++r)
            state = fused(exponential(decay * run_spans[r]), state, ends[r * Modes + mode]);
        for (int s = begin; s < end; ++s) {
            double& place = states[std::int64_t(s) * Modes];
            const double ended = place;
            place = state;
            state = fused(exponential(decay * spans[s]), state, ended);
        }
        if (there && in.final != nullptr && begin < end && end == in.segments)
            in.final[std::int64_t(row) * in.modes + mode] = state;
    }
};

} // namespace continuo::parallel
