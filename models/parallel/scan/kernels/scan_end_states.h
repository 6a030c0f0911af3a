#pragma once

#include "models/parallel/scan/kernels/chunk_fold.h"
#include "models/parallel/scan/kernels/staged_tile.h"

namespace continuo::parallel {

/// Phase 1 of the scan: where the modes of every segment end if they begin at zero. The last segment of a row
/// needs none. One block of threads a segment.
///
/// \tparam Backwards  with time reversed, of a signal that is the output's gradient: Q of every segment, the
///                    first segment of a row needs none
template <int Modes, bool Backwards = false>
struct ScanEndStates {
    using Tables = ScanTables<Modes>;
    using Fold = ChunkFold<Modes, ScanTile, Backwards>;
    using Signal = StagedTile<ScanTile>;
    static constexpr int threads = ScanTile::threads;
    static constexpr int blocks_per_multiprocessor = 3;
    static constexpr int shared_floats = Tables::into_states_floats + Fold::shared_floats +
                                         Signal::shared_floats +
                                         warp_matrix_floats<ScanTile::row_tiles, threads>;

    struct Arguments {
        std::int64_t frames; ///< of a row
        int rows, channels, modes, segments, segment_tiles;
        bool vectors;                         ///< rows begin at multiples of 16 bytes
        const float *delta_real, *delta_imag; ///< [channel][mode]
        const float* tables;                  ///< [channel][ScanTables::floats]
        const float* signal;                  ///< [row][time]
        Complex* states; ///< written: the state after each segment, at the next one [row][segment][Modes];
                         ///< backwards at the one before it in time
        Complex* tile_states; ///< written: the state before each GradientTile if the segment begins at zero
                              ///< [row][segment][tile][Modes]; or null. Where it is wanted, the last segment
                              ///< has a block, too
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block() % in.rows, thread = group.thread();
        const int segment = group.block() / in.rows + (Backwards ? 1 : 0), channel = row % in.channels;
        float* tables = group.shared();
        float* staged = tables + Tables::into_states_floats;
        float* folding = staged + Signal::shared_floats;
        Signal signal(thread, in.signal + row * in.frames, in.frames, in.vectors, staged);
        const std::int64_t begin = std::int64_t(segment) * in.segment_tiles * ScanTile::samples;
        const std::int64_t left = (in.frames - begin + ScanTile::samples - 1) / ScanTile::samples;
        const int tiles = left < in.segment_tiles ? int(left) : in.segment_tiles;
        const auto tile_begin = [&](int i) {
            return begin + std::int64_t(Backwards ? tiles - 1 - i : i) * ScanTile::samples;
        };
        signal.begin(tile_begin(0));
        load_tables(group, in.tables + std::int64_t(channel) * Tables::floats, Tables::into_states_floats,
                    tables);
        Fold fold(thread, in.modes, in.delta_real + channel * in.modes, in.delta_imag + channel * in.modes,
                  folding);
        WarpMatrix<Group, ScanTile::row_tiles, threads> matrix(group, folding + Fold::shared_floats);
        Complex carry{0.0, 0.0};
        group.barrier();
        for (int i = 0; i < tiles; ++i) {
            StateSums<Modes> s;
            clear_sums(s.value);
            signal.finish(group);
            CONTINUO_UNROLL
            for (int j = 0; j < 4; ++j) {
                float four[4][4];
                signal.template read<Backwards>(j, four);
                CONTINUO_UNROLL
                for (int half = 0; half < 2; ++half) {
                    matrix.left(left_operand(four, half));
                    add_into_states<Modes>(matrix, j, half, tables, s);
                }
            }
            fold.put(thread % 32, s);
            warp_barrier(group);
            if (i + 1 < tiles)
                signal.begin(tile_begin(i + 1));
            const Complex start = fold.advance(group, carry);
            if (in.tile_states != nullptr && fold.first_chunk() % GradientTile::chunks == 0) {
                const std::int64_t tile = (std::int64_t(row) * in.segments + segment) * in.segment_tiles + i;
                in.tile_states[(tile * GradientTile::of_scan_tile +
                                fold.first_chunk() / GradientTile::chunks) *
                                   Modes +
                               fold.mode()] = start;
            }
        }
        const int other = Backwards ? segment - 1 : segment + 1;
        if (other < in.segments && thread < Modes)
            in.states[(std::int64_t(row) * in.segments + other) * Modes + thread] = carry;
    }
};

} // namespace continuo::parallel
