#pragma once

#include "models/parallel/scan/selective/exponential.h"

namespace continuo::parallel {

/// Phase 2 of the selective scan: from where every segment ends if it begins at 0 to where it begins in
/// truth, in double; left to right for states, right to left for adjoints. A segment multiplies either by
/// exp(A ΣΔ). The segments of a row are cut into runs, each folded by one thread for each mode; then the runs
/// before its own; then each run again. One block of threads a row.
///
/// \tparam Adjoints  whether they are adjoints: segments are counted from the last to the first
template <int Modes, bool Adjoints>
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
        for (int s = begin; s < end; s += ahead) {
            const Ended ended(in.segments, s, end, decay, spans, states);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                if (s + i < end)
                    state = fused(ended.factor[i], state, ended.state[i]);
                span += ended.span[i];
            }
        }
        ends[group.thread()] = state;
        if (mode == 0)
            run_spans[own] = span;
        group.barrier();
        state = there && in.initial != nullptr ? in.initial[std::int64_t(row) * in.modes + mode] : 0.0;
        for (int r = 0; r < own; ++r)
            state = fused(exponential(decay * run_spans[r]), state, ends[r * Modes + mode]);
        for (int s = begin; s < end; s += ahead) {
            const Ended ended(in.segments, s, end, decay, spans, states);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                if (s + i >= end)
                    break;
                states[place(in.segments, s + i) * Modes] = state;
                state = fused(ended.factor[i], state, ended.state[i]);
            }
        }
        if (there && in.final != nullptr && begin < end && end == in.segments)
            in.final[std::int64_t(row) * in.modes + mode] = state;
    }

  private:
    CONTINUO_HOST_DEVICE static std::int64_t place(int segments, int counted) {
        return Adjoints ? segments - 1 - counted : counted;
    }

    /// Segments that are read, and whose factors are computed, before one has to wait for the other.
    static constexpr int ahead = 4;
    struct Ended {
        double state[ahead], span[ahead], factor[ahead];

        CONTINUO_HOST_DEVICE Ended(int segments, int first, int end, double decay, const double* spans,
                                   const double* states) {
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                const std::int64_t from = place(segments, first + i < end ? first + i : end - 1);
                state[i] = states[from * Modes];
                span[i] = first + i < end ? spans[from] : 0.0;
            }
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i)
                factor[i] = exponential(decay * span[i]);
        }
    };
};

} // namespace continuo::parallel
