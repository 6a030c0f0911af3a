#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// Phase 2 of the scan: from where every segment ends if it begins at zero to where each begins in truth,
/// left to right in double, in an order that depends on the number of segments alone. The segments of a row
/// are cut into runs, each folded by one thread for each mode; then the runs one after the other; then each
/// run again, from the state that it begins with. One block of threads a row.
///
/// \tparam Backwards  right to left: from Q of every segment to q of the first sample after each. Behind the
///                    row q is 0; the final state's gradient, as λ q, enters at the last sample, which need
///                    not be the last of a chunk
template <int Modes, bool Backwards = false>
struct ScanFold {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int runs = threads / Modes;
    static constexpr int shared_floats = threads * int(sizeof(Complex) / sizeof(float));

    struct Arguments {
        std::int64_t frames; ///< of a row
        int channels, modes, segments, segment_tiles;
        const float *delta_real, *delta_imag;     ///< [channel][mode]
        const float *readout_real, *readout_imag; ///< the same; backwards alone
        const Complex* end; ///< the initial state, backwards the final one's gradient [row][mode]; null for 0
        Complex* states;    ///< [row][segment][Modes]: where the segment before ends if it begins at zero
                            ///< (the first is not read); on return where the segment begins. Backwards Q of
                            ///< the segment after (the last is not read); on return q after the segment
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block(), mode = group.thread() % Modes, run = group.thread() / Modes;
        const int place = row % in.channels * in.modes + mode;
        const bool there = mode < in.modes;
        const Complex lambda = there
                                   ? Complex{1.0 + double(in.delta_real[place]), double(in.delta_imag[place])}
                                   : Complex{0.0, 0.0};
        const int segment = in.segment_tiles * ScanTile::samples;
        const Complex over_segment = power(lambda, unsigned(segment));
        const Complex end_state =
            there && in.end != nullptr ? in.end[std::int64_t(row) * in.modes + mode] : Complex{0.0, 0.0};
        const int folded = in.segments - 1, each = (folded + runs - 1) / runs;
        const int begin = run * each < folded ? run * each : folded;
        const int end = begin + each < folded ? begin + each : folded;
        const std::int64_t step = Backwards ? -Modes : Modes; // from the start of the fold on
        Complex* states =
            in.states + (std::int64_t(row) * in.segments + (Backwards ? folded - 1 : 1)) * Modes + mode;
        Complex readout{0.0, 0.0}, injected{0.0, 0.0}; // at the first step
        if constexpr (Backwards) {
            if (there)
                readout = {double(in.readout_real[place]), double(in.readout_imag[place])};
            const std::int64_t last = in.frames - std::int64_t(folded) * segment - 1;
            injected =
                multiply_add(power(lambda, unsigned(last)), {end_state.real, -end_state.imag}, {0.0, 0.0});
        }
        const auto ended = [&](int k) {
            const Complex& alone = states[k * step];
            return Backwards ? multiply_add(readout, alone, k == 0 ? injected : Complex{0.0, 0.0}) : alone;
        };

        Complex* shared = reinterpret_cast<Complex*>(group.shared());
        Complex state{0.0, 0.0};
        for (int k = begin; k < end; ++k)
            state = multiply_add(over_segment, state, ended(k));
        shared[group.thread()] = state;
        group.barrier();
        if (run == 0) {
            const Complex over_run = power(over_segment, unsigned(each));
            state = Backwards ? Complex{0.0, 0.0} : end_state;
            states[-step] = state;
            for (int r = 0; r < runs; ++r) {
                const Complex alone = shared[r * Modes + mode];
                shared[r * Modes + mode] = state;
                state = multiply_add(over_run, state, alone);
            }
        }
        group.barrier();
        state = shared[group.thread()];
        for (int k = begin; k < end; ++k) {
            state = multiply_add(over_segment, state, ended(k));
            states[k * step] = state;
        }
    }
};

} // namespace continuo::parallel
