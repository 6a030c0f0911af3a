#pragma once

#include "models/parallel/scan/kernels/chunk_fold.h"
#include "models/parallel/scan/kernels/staged_tile.h"

namespace continuo::parallel {

/// Phase 1 of the scan: where the modes of every segment end if they begin at zero. The last segment of a row
/// needs none. One block of threads a segment.
template <int Modes>
struct ScanEndStates {
    using Tables = ScanTables<Modes>;
    using Fold = ChunkFold<Modes>;
    static constexpr int threads = ScanTile::threads;
    static constexpr int blocks_per_multiprocessor = 3;
    static constexpr int shared_floats = Tables::into_states_floats + Fold::shared_floats +
                                         StagedTile::shared_floats +
                                         warp_matrix_floats<ScanTile::row_tiles, threads>;

    struct Arguments {
        std::int64_t frames; ///< of a row
        int rows, channels, modes, segments, segment_tiles;
        bool vectors;                         ///< rows begin at multiples of 16 bytes
        const float *delta_real, *delta_imag; ///< [channel][mode]
        const float* tables;                  ///< [channel][ScanTables::floats]
        const float* u;                       ///< [row][time]
        Complex* states; ///< written: the state after each segment, at the next one [row][segment][Modes]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block() % in.rows, segment = group.block() / in.rows, thread = group.thread();
        const int channel = row % in.channels;
        float* tables = group.shared();
        float* staged = tables + Tables::into_states_floats;
        float* folding = staged + StagedTile::shared_floats;
        StagedTile u(thread, in.u + row * in.frames, in.frames, in.vectors, staged);
        const std::int64_t begin = std::int64_t(segment) * in.segment_tiles * ScanTile::samples;
        u.begin(begin);
        load_tables(group, in.tables + std::int64_t(channel) * Tables::floats, Tables::into_states_floats,
                    tables);
        Fold fold(thread, in.modes, in.delta_real + channel * in.modes, in.delta_imag + channel * in.modes,
                  folding);
        WarpMatrix<Group, ScanTile::row_tiles, threads> matrix(group, folding + Fold::shared_floats);
        Complex carry{0.0, 0.0};
        group.barrier();
        for (int tile = 0; tile < in.segment_tiles; ++tile) {
            StateSums<Modes> s;
            clear_sums(s.value);
            u.finish(group);
            CONTINUO_UNROLL
            for (int j = 0; j < 4; ++j) {
                float four[4][4];
                u.read(j, four);
                CONTINUO_UNROLL
                for (int half = 0; half < 2; ++half) {
                    matrix.left(left_operand(four, half));
                    add_into_states<Modes>(matrix, j, half, tables, s);
                }
            }
            fold.put(thread % 32, s);
            warp_barrier(group);
            if (tile + 1 < in.segment_tiles)
                u.begin(begin + std::int64_t(tile + 1) * ScanTile::samples);
            fold.advance(group, carry);
        }
        if (thread < Modes)
            in.states[(std::int64_t(row) * in.segments + segment + 1) * Modes + thread] = carry;
    }
};

} // namespace continuo::parallel
