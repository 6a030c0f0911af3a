#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// Phase 2 of the scan: from where every segment ends if it begins at zero to where each begins in truth,
/// left to right in double, in an order that depends on the number of segments alone. The segments of a row
/// are cut into runs, each folded by one thread for each mode; then the runs one after the other; then each
/// run again, from the state that it begins with. One block of threads a row.
template <int Modes>
struct ScanFold {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int runs = threads / Modes;
    static constexpr int shared_floats = threads * int(sizeof(Complex) / sizeof(float));

    struct Arguments {
        int channels, modes, segments, segment_tiles;
        const float *delta_real, *delta_imag; ///< [channel][mode]
        const Complex* initial;               ///< [row][mode], or null for 0
        Complex* states; ///< [row][segment][Modes]: where the segment before ends if it begins at zero (the
                         ///< first is not read); on return where the segment begins
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block(), mode = group.thread() % Modes, run = group.thread() / Modes;
        const int place = row % in.channels * in.modes + mode;
        const bool there = mode < in.modes;
        const Complex lambda = there
                                   ? Complex{1.0 + double(in.delta_real[place]), double(in.delta_imag[place])}
                                   : Complex{0.0, 0.0};
        const Complex over_segment = power(lambda, unsigned(in.segment_tiles * ScanTile::samples));
        const int folded = in.segments - 1, each = (folded + runs - 1) / runs;
        const int begin = run * each < folded ? run * each : folded;
        const int end = begin + each < folded ? begin + each : folded;
        Complex* states = in.states + (std::int64_t(row) * in.segments + 1) * Modes + mode;

        Complex* shared = reinterpret_cast<Complex*>(group.shared());
        Complex state{0.0, 0.0};
        for (int k = begin; k < end; ++k)
            state = multiply_add(over_segment, state, states[std::int64_t(k) * Modes]);
        shared[group.thread()] = state;
        group.barrier();
        if (run == 0) {
            const Complex over_run = power(over_segment, unsigned(each));
            state = there && in.initial != nullptr ? in.initial[std::int64_t(row) * in.modes + mode]
                                                   : Complex{0.0, 0.0};
            states[-Modes] = state;
            for (int r = 0; r < runs; ++r) {
                const Complex alone = shared[r * Modes + mode];
                shared[r * Modes + mode] = state;
                state = multiply_add(over_run, state, alone);
            }
        }
        group.barrier();
        state = shared[group.thread()];
        for (int k = begin; k < end; ++k) {
            state = multiply_add(over_segment, state, states[std::int64_t(k) * Modes]);
            states[std::int64_t(k) * Modes] = state;
        }
    }
};

} // namespace continuo::parallel
