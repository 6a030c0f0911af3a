#pragma once

#include "models/parallel/scan/kernels/chunk_fold.h"
#include "models/parallel/scan/kernels/chunk_products.h"
#include "models/parallel/scan/kernels/final_gradient.h"
#include "models/parallel/scan/kernels/lag_sums.h"
#include "models/parallel/scan/kernels/reduce_scan_sums.h"
#include "models/parallel/scan/kernels/staged_tile.h"

namespace continuo::parallel {

/// Phase 3 of the scan's backward pass: from the state before and q after every segment to the input's
/// gradient and the segment's sums for the model's. One block of threads a segment, from its last tile to its
/// first; a warp has 16 chunks of a tile.
///
/// The chunks' samples are left operands twice, as they are and weighted by what the derivative of λᵗ brings
/// down: so E serves F and H, too (see ScanSums).
template <int Modes>
struct ScanGradients {
    using Tables = ScanTables<Modes>;
    using Sums = ScanSums<Modes>;
    static constexpr int threads = GradientTile::threads;
    static constexpr int blocks_per_multiprocessor = 2;
    using Signal = StagedTile<GradientTile>;
    using StateFold = ChunkFold<Modes, GradientTile, false>;
    using AdjointFold = ChunkFold<Modes, GradientTile, true>;
    using Lags = LagSums<Signal>;
    using Products = ChunkProducts<Modes>;
    using States = WeightedStates<Modes>;
    using Constants = ModeConstants<Modes>;
    static constexpr int from_adjoints_floats = Tables::floats - Tables::forward_floats;
    static constexpr int tables_floats = Tables::with_impulse_floats + from_adjoints_floats;
    static constexpr int finals_floats = Modes * int(sizeof(Complex) / sizeof(float));
    static constexpr int shared_floats = tables_floats + Constants::floats + finals_floats +
                                         2 * Signal::shared_floats + 2 * StateFold::shared_floats +
                                         warp_matrix_floats<2, threads> + Lags::product_floats;
    static_assert(Products::shared_floats + Lags::shared_floats <= 2 * Signal::shared_floats,
                  "what is summed at the end takes the place of the signals");

    struct Arguments {
        std::int64_t frames; ///< of a row
        int rows, channels, modes, segments, segment_tiles;
        bool vectors;                             ///< rows begin at multiples of 16 bytes
        const float *delta_real, *delta_imag;     ///< [channel][mode]
        const float *readout_real, *readout_imag; ///< the same
        const float* tables;                      ///< [channel][ScanTables::floats]
        const float *u, *output_gradient;         ///< [row][time]
        const Complex* states;                    ///< where each segment begins [row][segment][Modes]
        const Complex* tile_states;               ///< as of ScanEndStates
        const Complex* adjoints;                  ///< q after each segment [row][segment][Modes]
        const Complex* final_gradient;            ///< [row][mode], or null
        float* input_gradient;                    ///< written [row][time]
        Complex* initial_gradient;                ///< written [row][mode], or null
        double* sums;                             ///< written [segment][row][ScanSums::count]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int row = group.block() % in.rows, segment = group.block() / in.rows, thread = group.thread();
        const int channel = row % in.channels, first_mode = channel * in.modes, lane = thread % 32;
        float* tables = group.shared();
        float* constants = tables + tables_floats;
        Complex* finals = reinterpret_cast<Complex*>(constants + Constants::floats); // [mode], see below
        float* staged = constants + Constants::floats + finals_floats;
        float* folding = staged + 2 * Signal::shared_floats;
        float* exchange = folding + 2 * StateFold::shared_floats;
        const std::int64_t offset = row * in.frames;
        Signal u(thread, in.u + offset, in.frames, in.vectors, staged);
        Signal dy(thread, in.output_gradient + offset, in.frames, in.vectors, staged + Signal::shared_floats);
        const std::int64_t begin = std::int64_t(segment) * in.segment_tiles * ScanTile::samples;
        const std::int64_t left = (in.frames - begin + GradientTile::samples - 1) / GradientTile::samples;
        const int most_tiles = in.segment_tiles * GradientTile::of_scan_tile;
        const int tiles = left < most_tiles ? int(left) : most_tiles;
        u.begin(begin + std::int64_t(tiles - 1) * GradientTile::samples);
        dy.begin(begin + std::int64_t(tiles - 1) * GradientTile::samples);
        const float* of_channel = in.tables + std::int64_t(channel) * Tables::floats;
        load_tables(group, of_channel, Tables::with_impulse_floats, tables);
        load_tables(group, of_channel + Tables::forward_floats, from_adjoints_floats,
                    tables + Tables::with_impulse_floats);
        const float *delta_real = in.delta_real + first_mode, *delta_imag = in.delta_imag + first_mode;
        StateFold states(thread, in.modes, delta_real, delta_imag, folding);
        AdjointFold adjoints(thread, in.modes, delta_real, delta_imag, folding + StateFold::shared_floats);
        Constants::write(thread, in.modes, delta_real, delta_imag, in.readout_real + first_mode,
                         in.readout_imag + first_mode, constants);
        if (thread < Modes)
            finals[thread] = {0.0, 0.0};
        WarpMatrix<Group, 2, threads> matrix(group, exchange);
        typename Lags::template Product<Group> product(group, exchange + warp_matrix_floats<2, threads>);
        const bool ends_row = segment + 1 == in.segments && in.final_gradient != nullptr;
        const FinalGradient final{in.frames, in.modes, delta_real, delta_imag,
                                  ends_row ? in.final_gradient + std::int64_t(row) * in.modes : nullptr};
        const int mode = states.mode();
        const std::int64_t place = std::int64_t(row) * in.segments + segment;
        Complex adjoint = in.adjoints[place * Modes + mode];
        Lags lags;
        Products products;
        group.barrier();
        for (int tile = tiles - 1; tile >= 0; --tile) {
            const std::int64_t tile_begin = begin + std::int64_t(tile) * GradientTile::samples;
            States of_input, of_gradient; // E U and F, Q and H
            float du[8][1][4];
            u.finish(group);
            lags.add(product, lane, dy, u);
            clear_sums(of_gradient.value);
            clear_sums(du);
            add_gradient<0>(matrix, dy, lane, tables, of_gradient, du);
            clear_sums(of_input.value);
            add_input(matrix, u, lane, tables, of_input);
            put(states.sums(), adjoints.sums(), constants, lane, of_input, of_gradient);
            warp_barrier(group);
            if (tile > 0) {
                u.begin(tile_begin - GradientTile::samples);
                dy.begin(tile_begin - GradientTile::samples);
            }
            Complex state =
                multiply_add(power(states.over_tile(), unsigned(tile)), in.states[place * Modes + mode],
                             in.tile_states[(place * most_tiles + tile) * Modes + mode]);
            // The thread that folds over the row's last chunk, and the chunk's number of its run.
            const bool ends_tile = ends_row && tile + 1 == tiles;
            const std::int64_t last = (in.frames - 1 - tile_begin) / ScanTile::chunk - states.first_chunk();
            const bool ends_here = ends_tile && last >= 0 && last < StateFold::run_chunks;
            if (ends_here)
                adjoints.add(int(last), final.adjoint(mode));
            states.fold_run();
            adjoints.fold_run();
            group.barrier();
            const Complex state_start = states.start_of_run(state);
            const Complex adjoint_start = adjoints.start_of_run(adjoint);
            const Complex before = states.spread(group, state_start, ends_here ? int(last) : -1);
            if (ends_here)
                finals[mode] = final.by_lambda(mode, before, in.u + offset);
            adjoints.spread(group, adjoint_start, -1);
            add_adjoints(matrix, adjoints.sums(), tables + Tables::with_impulse_floats, lane, du);
            products.add(states.sums(), adjoints.sums(), constants, lane, of_input, of_gradient);
            warp_barrier(group);
            write_tile(in.input_gradient + offset, tile_begin, in, thread, du);
            if (ends_tile) {
                group.barrier();
                final.add_to(in.input_gradient + offset, thread);
            }
        }
        if (segment == 0 && in.initial_gradient != nullptr && thread < in.modes) {
            const Complex through = multiply_add(states.lambda(), adjoint, {0.0, 0.0});
            in.initial_gradient[std::int64_t(row) * in.modes + mode] = {through.real, -through.imag};
        }
        group.barrier(); // nobody reads the signals any more
        float* of_lags = staged + Products::shared_floats;
        products.put(thread, staged);
        lags.put(thread, of_lags);
        group.barrier();
        double* sums = in.sums + std::int64_t(group.block()) * Sums::count;
        for (int i = thread; i < Sums::count; i += threads) {
            sums[i] = i < Sums::readout ? Lags::lag(i, of_lags) : Products::sum(i, staged);
            if (i >= Sums::lambda)
                sums[i] +=
                    i % 2 == 0 ? finals[(i - Sums::lambda) / 2].real : finals[(i - Sums::lambda) / 2].imag;
        }
    }

  private:
    /// Two samples of every chunk that are left operand `number`, as they are and weighted.
    ///
    /// \tparam Backwards  samples are counted from the end of the chunk, as of the output's gradient
    template <bool Backwards>
    CONTINUO_HOST_DEVICE static LeftOperand<2> weighted_operand(const Signal& signal, int number, int lane) {
        const int t = number / 2 * 16 + 4 * (lane % 4) + 2 * (number % 2);
        LeftOperand<2> operand;
        CONTINUO_UNROLL
        for (int r = 0; r < 2; ++r) {
            const Float2 two = signal.pair(8 * r + lane / 4, Backwards ? ScanTile::chunk - 2 - t : t);
            CONTINUO_UNROLL
            for (int i = 0; i < 2; ++i) {
                const float value = two.value[Backwards ? 1 - i : i];
                const int weight = ScanTile::chunk - (Backwards ? 0 : 1) - t - i;
                operand.set(0, r + 2 * i, value);
                operand.set(1, r + 2 * i, value * float(weight));
            }
        }
        return operand;
    }

    /// E U and F
    template <class Matrix>
    CONTINUO_HOST_DEVICE static void add_input(Matrix& matrix, const Signal& u, int lane, const float* tables,
                                               States& sums) {
        CONTINUO_KEEP_LOOP
        for (int i = 0; i < ScanTile::chunk / 8; ++i) {
            matrix.left(weighted_operand<false>(u, i, lane));
            matrix.template multiply_add<States::tiles>(tables + i * States::tiles * right_operand_floats,
                                                        sums.value);
        }
    }

    /// Q and H, and dU += K dY, from the chunks' samples 16 J on, counted from their ends
    template <int J, class Matrix>
    CONTINUO_HOST_DEVICE static void add_gradient(Matrix& matrix, const Signal& dy, int lane,
                                                  const float* tables, States& sums, float (&du)[8][1][4]) {
        CONTINUO_KEEP_LOOP
        for (int half = 0; half < 2; ++half) {
            const int i = 2 * J + half;
            matrix.left(weighted_operand<true>(dy, i, lane));
            matrix.template multiply_add<States::tiles>(tables + i * States::tiles * right_operand_floats,
                                                        sums.value);
            matrix.template multiply_add<8 - 2 * J>(
                tables + (Tables::impulse + 8 * half) * right_operand_floats, du + 2 * J);
        }
        if constexpr (J < 3)
            add_gradient<J + 1>(matrix, dy, lane, tables, sums, du);
    }

    /// E U and C' Q to where the folds find them.
    CONTINUO_HOST_DEVICE static void put(float* states, float* adjoints, const float* constants, int lane,
                                         const States& of_input, const States& of_gradient) {
        CONTINUO_UNROLL
        for (int n = 0; n < States::tiles; ++n) {
            const FloatComplex c = Constants::readout(constants, States::mode(n, lane));
            CONTINUO_UNROLL
            for (int r = 0; r < 2; ++r) {
                const int place = States::place(n, r, lane);
                of_input.plain(n, r).write(states + place);
                multiply_add(c, of_gradient.plain(n, r), {0.0f, 0.0f}).write(adjoints + place);
            }
        }
    }

    /// dU += A q
    template <class Matrix>
    CONTINUO_HOST_DEVICE static void add_adjoints(Matrix& matrix, const float* adjoints, const float* tables,
                                                  int lane, float (&du)[8][1][4]) {
        CONTINUO_KEEP_LOOP
        for (int j = 0; j < Tables::columns / 16; ++j) {
            float q[2][4];
            CONTINUO_UNROLL
            for (int r = 0; r < 2; ++r) {
                const Float4 four = *reinterpret_cast<const Float4*>(
                    adjoints + (8 * r + lane / 4) * AdjointFold::stride + 16 * j + 4 * (lane % 4));
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    q[r][i] = four.value[i];
            }
            CONTINUO_UNROLL
            for (int half = 0; half < 2; ++half) {
                LeftOperand<1> operand;
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    operand.set(0, i, q[i % 2][2 * half + i / 2]);
                matrix.left(operand);
                matrix.template multiply_add<8>(tables + (2 * j + half) * 8 * right_operand_floats, du);
            }
        }
    }

    CONTINUO_HOST_DEVICE static void write_tile(float* row, std::int64_t tile_begin, const Arguments& in,
                                                int thread, const float (&du)[8][1][4]) {
        const std::int64_t first = tile_begin + thread / 32 * Signal::warp_samples +
                                   thread % 32 / 4 * ScanTile::chunk + ScanTile::chunk - 4 - 4 * (thread % 4);
        const bool whole = in.vectors && tile_begin + GradientTile::samples <= in.frames;
        CONTINUO_UNROLL
        for (int r = 0; r < 2; ++r) {
            CONTINUO_UNROLL
            for (int j = 0; j < 4; ++j) {
                Float4 four;
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    four.value[3 - i] = du[2 * j + i / 2][0][2 * r + i % 2];
                const std::int64_t t = first + 8 * r * ScanTile::chunk - 16 * j;
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
};

} // namespace continuo::parallel
