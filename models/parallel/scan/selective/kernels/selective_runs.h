#pragma once

#include "models/parallel/scan/selective/kernels/selective_row.h"

namespace continuo::parallel {

/// Segments that one thread folds; decides the bits.
inline constexpr int selective_run_segments = 32;

/// The wide half of phase 2 of the selective scan: a row's segments are cut into runs, counted as the fold
/// goes, and every thread takes one mode of a run.
///
/// \tparam Adjoints  whether the fold goes from the last segment to the first
/// \tparam Begin     false: where the run ends if it begins at 0, and its ΣΔ, as if it were one segment;
///                   true: where its segments begin, from where it begins
template <int Modes, bool Adjoints, bool Begin>
struct SelectiveRuns {
    static constexpr int threads = 128;
    static constexpr int blocks_per_multiprocessor = 8;
    static constexpr int shared_floats = 0;

    struct Arguments {
        std::int64_t items; ///< rows · runs · Modes
        int channels, modes, segments, runs;
        const float* decay;  ///< A [channel][mode]
        const double* spans; ///< ΣΔ [row][segment]
        double*
            states; ///< [row][segment][Modes]: where it ends if it begins at 0, or written where it begins
        double* run_spans;  ///< [row][run], written without Begin
        double* run_states; ///< [row][run][Modes]: written where it ends, or read where it begins
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const std::int64_t item = std::int64_t(group.block()) * threads + group.thread();
        if (item >= in.items)
            return;
        const int mode = int(item % Modes), run = int(item / Modes % in.runs);
        const std::int64_t row = item / Modes / in.runs;
        const int channel = int(row % in.channels);
        const SelectiveRow<Modes, Adjoints> segments{
            in.segments, mode < in.modes ? double(in.decay[channel * in.modes + mode]) : 0.0,
            in.spans + row * in.segments, in.states + row * in.segments * Modes + mode};
        const int begin = run * selective_run_segments, left = in.segments - begin;
        const int end = begin + (left < selective_run_segments ? left : selective_run_segments);
        if constexpr (Begin) {
            segments.spread(begin, end, in.run_states[item]);
        } else {
            double span = 0.0;
            in.run_states[item] = segments.end_of(begin, end, span);
            if (mode == 0)
                in.run_spans[item / Modes] = span;
        }
    }
};

} // namespace continuo::parallel
