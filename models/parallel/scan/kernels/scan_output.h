#pragma once

#include "models/parallel/scan/kernels/chunk_fold.h"
#include "models/parallel/scan/kernels/staged_tile.h"

namespace continuo::parallel {

/// Phase 3 of the scan: from the state that every segment begins with to the output. One block of threads a
/// segment.
template <int Modes>
struct ScanOutput {
    using Tables = ScanTables<Modes>;
    using Fold = ChunkFold<Modes>;
    using Signal = StagedTile<ScanTile>;
    static constexpr int threads = ScanTile::threads;
    static constexpr int blocks_per_multiprocessor = 2;
    static constexpr int shared_floats = Tables::forward_floats + Fold::shared_floats +
                                         Signal::shared_floats +
                                         warp_matrix_floats<ScanTile::row_tiles, threads>;

    struct Arguments {
        std::int64_t frames; ///< of a row
        int rows, channels, modes, segments, segment_tiles;
        bool vectors;                         ///< rows begin at multiples of 16 bytes
        const float *delta_real, *delta_imag; ///< [channel][mode]
        const float* tables;                  ///< [channel][ScanTables::floats]
        const float* u;                       ///< [row][time]
        const Complex* states;                ///< where each segment begins [row][segment][Modes]
        float* y;                             ///< [row][time]
        Complex* final;                       ///< the state after the row [row][mode], or null
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block() % in.rows, segment = group.block() / in.rows, thread = group.thread();
        const int channel = row % in.channels;
        float* tables = group.shared();
        float* staged = tables + Tables::forward_floats;
        float* folding = staged + Signal::shared_floats;
        const std::int64_t offset = row * in.frames;
        Signal u(thread, in.u + offset, in.frames, in.vectors, staged);
        const std::int64_t begin = std::int64_t(segment) * in.segment_tiles * ScanTile::samples;
        u.begin(begin);
        load_tables(group, in.tables + std::int64_t(channel) * Tables::floats, Tables::forward_floats,
                    tables);
        Fold fold(thread, in.modes, in.delta_real + channel * in.modes, in.delta_imag + channel * in.modes,
                  folding);
        WarpMatrix<Group, ScanTile::row_tiles, threads> matrix(group, folding + Fold::shared_floats);
        const std::int64_t left = (in.frames - begin + ScanTile::samples - 1) / ScanTile::samples;
        const int tiles = left < in.segment_tiles ? int(left) : in.segment_tiles;
        Complex carry = in.states[(std::int64_t(row) * in.segments + segment) * Modes + fold.mode()];
        group.barrier();
        for (int tile = 0; tile < tiles; ++tile) {
            const std::int64_t tile_begin = begin + std::int64_t(tile) * ScanTile::samples;
            StateSums<Modes> s;
            float y[8][ScanTile::row_tiles][4];
            clear_sums(s.value);
            clear_sums(y);
            u.finish(group);
            add_input<0>(matrix, u, tables, s, y);
            fold.put(thread % 32, s);
            warp_barrier(group);
            if (tile + 1 < tiles)
                u.begin(tile_begin + ScanTile::samples);
            const Complex start = fold.advance(group, carry);
            const std::int64_t last = (in.frames - 1 - tile_begin) / ScanTile::chunk - fold.first_chunk();
            const bool ends_here = last >= 0 && last < Fold::run_chunks;
            const Complex before = fold.spread(group, start, ends_here ? int(last) : -1);
            if (ends_here && tile + 1 == tiles && segment + 1 == in.segments && in.final != nullptr)
                finish(in, row, fold, before);
            add_states(matrix, fold.sums(), tables + Tables::from_states * right_operand_floats, thread % 32,
                       y);
            warp_barrier(group);
            write_tile(in.y + offset, tile_begin, in, thread, y);
        }
    }

  private:
    /// S += E U, y += K u, from the chunks' samples 16 J on
    template <int J, class Matrix>
    CONTINUO_HOST_DEVICE static void add_input(Matrix& matrix, const Signal& u, const float* tables,
                                               StateSums<Modes>& s, float (&y)[8][ScanTile::row_tiles][4]) {
        float four[4][4];
        u.read(J, four);
        CONTINUO_UNROLL
        for (int half = 0; half < 2; ++half) {
            matrix.left(left_operand(four, half));
            add_into_states<Modes>(matrix, J, half, tables, s);
            matrix.template multiply_add<8 - 2 * J>(
                tables + (Tables::impulse + 8 * half) * right_operand_floats, y + 2 * J);
        }
        if constexpr (J < 3)
            add_input<J + 1>(matrix, u, tables, s, y);
    }

    /// y += G s
    template <class Matrix>
    CONTINUO_HOST_DEVICE static void add_states(Matrix& matrix, const float* states, const float* tables,
                                                int lane, float (&y)[8][ScanTile::row_tiles][4]) {
        CONTINUO_UNROLL
        for (int j = 0; j < Tables::columns / 16; ++j) {
            float s[4][4];
            CONTINUO_UNROLL
            for (int r = 0; r < 4; ++r) {
                const Float4 four = *reinterpret_cast<const Float4*>(
                    states + (8 * r + lane / 4) * Fold::stride + 16 * j + 4 * (lane % 4));
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    s[r][i] = four.value[i];
            }
            CONTINUO_UNROLL
            for (int half = 0; half < 2; ++half) {
                matrix.left(left_operand(s, half));
                matrix.template multiply_add<8>(tables + (2 * j + half) * 8 * right_operand_floats, y);
            }
        }
    }

    CONTINUO_HOST_DEVICE static void write_tile(float* row, std::int64_t tile_begin, const Arguments& in,
                                                int thread, const float (&y)[8][ScanTile::row_tiles][4]) {
        const std::int64_t first = tile_begin + thread / 32 * ScanTile::warp_samples +
                                   thread % 32 / 4 * ScanTile::chunk + 4 * (thread % 4);
        const bool whole = in.vectors && tile_begin + ScanTile::samples <= in.frames;
        CONTINUO_UNROLL
        for (int r = 0; r < 4; ++r) {
            CONTINUO_UNROLL
            for (int j = 0; j < 4; ++j) {
                Float4 four;
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    four.value[i] = y[2 * j + i / 2][r / 2][r % 2 * 2 + i % 2];
                const std::int64_t t = first + 8 * r * ScanTile::chunk + 16 * j;
                if (whole) {
                    write_at_once(row + t, four);
                } else {
                    CONTINUO_UNROLL
                    for (int i = 0; i < 4; ++i)
                        if (t + i < in.frames)
                            row[t + i] = four.value[i];
                }
            }
        }
    }

    /// The state after the row from that before its last chunk, by the recurrence.
    CONTINUO_HOST_DEVICE static void finish(const Arguments& in, int row, const Fold& fold, Complex state) {
        const float* u = in.u + row * in.frames;
        const Complex lambda = fold.lambda();
        for (std::int64_t t = (in.frames - 1) / ScanTile::chunk * ScanTile::chunk; t < in.frames; ++t)
            state = multiply_add(lambda, state, {double(u[t]), 0.0});
        if (fold.mode() < in.modes)
            in.final[std::int64_t(row) * in.modes + fold.mode()] = state;
    }
};

} // namespace continuo::parallel
