#pragma once

#include "models/parallel/scan/kernels/chunk_fold.h"
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
    static constexpr int state_tiles = Tables::state_tiles;
    static constexpr int from_adjoints_floats = Tables::floats - Tables::forward_floats;
    static constexpr int tables_floats = Tables::with_impulse_floats + from_adjoints_floats;
    static constexpr int own_floats = 4 * Modes; ///< [mode]: C', 64 λ⁶⁴
    static constexpr int finals_floats = Modes * int(sizeof(Complex) / sizeof(float));
    static constexpr int shared_floats = tables_floats + own_floats + finals_floats +
                                         2 * Signal::shared_floats + 2 * StateFold::shared_floats +
                                         warp_matrix_floats<2, threads> + Lags::product_floats;
    static constexpr int slots = threads / 4; ///< threads that sum over the same modes
    static_assert(4 * Modes * slots + Lags::shared_floats <= 2 * Signal::shared_floats,
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
        const int channel = row % in.channels, lane = thread % 32;
        float* tables = group.shared();
        float* own = tables + tables_floats;
        Complex* finals = reinterpret_cast<Complex*>(own + own_floats); // [mode]
        float* staged = own + own_floats + finals_floats;
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
        const int first_mode = channel * in.modes;
        StateFold states(thread, in.modes, in.delta_real + first_mode, in.delta_imag + first_mode, folding);
        AdjointFold adjoints(thread, in.modes, in.delta_real + first_mode, in.delta_imag + first_mode,
                             folding + StateFold::shared_floats);
        put_own(in, first_mode, thread, own, finals);
        WarpMatrix<Group, 2, threads> matrix(group, exchange);
        typename Lags::template Product<Group> product(group, exchange + warp_matrix_floats<2, threads>);
        const int mode = states.mode();
        const std::int64_t place = (std::int64_t(row) * in.segments + segment) * Modes + mode;
        Complex adjoint = in.adjoints[place];
        const bool ends_row = segment + 1 == in.segments && in.final_gradient != nullptr;
        Lags lags;
        Products<Modes> products;
        group.barrier();
        for (int tile = tiles - 1; tile >= 0; --tile) {
            const std::int64_t tile_begin = begin + std::int64_t(tile) * GradientTile::samples;
            float of_input[state_tiles][2][4], of_gradient[state_tiles][2][4], du[8][1][4];
            u.finish(group);
            lags.add(product, lane, dy, u);
            clear(of_gradient);
            clear(du);
            add_gradient<0>(matrix, dy, lane, tables, of_gradient, du);
            clear(of_input);
            add_input(matrix, u, lane, tables, of_input);
            put(states.sums(), adjoints.sums(), own, lane, of_input, of_gradient);
            warp_barrier(group);
            if (tile > 0) {
                u.begin(tile_begin - GradientTile::samples);
                dy.begin(tile_begin - GradientTile::samples);
            }
            const std::int64_t last = (in.frames - 1 - tile_begin) / ScanTile::chunk - states.first_chunk();
            const bool ends_here = ends_row && tile + 1 == tiles && last >= 0 && last < StateFold::run_chunks;
            if (ends_here)
                adjoints.add(int(last),
                             after_final(in, row, states, unsigned((in.frames - 1) % ScanTile::chunk)));
            states.fold_run();
            adjoints.fold_run();
            group.barrier();
            Complex state = multiply_add(power(states.over_tile(), unsigned(tile)), in.states[place],
                                         in.tile_states[(place - mode) * most_tiles + tile * Modes + mode]);
            const Complex state_start = states.start_of_run(state);
            const Complex adjoint_start = adjoints.start_of_run(adjoint);
            const Complex before = states.spread(group, state_start, ends_here ? int(last) : -1);
            adjoints.spread(group, adjoint_start, -1);
            if (ends_here)
                finals[mode] = finish(in, row, states, before);
            add_adjoints(matrix, adjoints.sums(), tables + Tables::with_impulse_floats, lane, du);
            products.add(states.sums(), adjoints.sums(), own, lane, of_input, of_gradient);
            warp_barrier(group);
            write_tile(in.input_gradient + offset, tile_begin, in, thread, du);
            if (ends_row && tile + 1 == tiles) {
                group.barrier();
                add_final(in, row, first_mode, thread);
            }
        }
        if (segment == 0 && in.initial_gradient != nullptr && thread < in.modes) {
            const Complex through = multiply_add(states.lambda(), adjoint, {0.0, 0.0});
            in.initial_gradient[std::int64_t(row) * in.modes + mode] = {through.real, -through.imag};
        }
        group.barrier(); // the signals are no longer needed
        products.put(thread, staged);
        lags.put(thread, staged + 4 * Modes * slots);
        group.barrier();
        double* sums = in.sums + std::int64_t(group.block()) * Sums::count;
        for (int i = thread; i < Sums::count; i += threads) {
            double sum = 0.0;
            if (i < Sums::readout) {
                sum = Lags::lag(i, staged + 4 * Modes * slots);
            } else {
                const int value = i - Sums::readout;
                for (int slot = 0; slot < slots; ++slot)
                    sum += double(staged[value * slots + slot]);
                if (i >= Sums::lambda) {
                    const Complex& more = finals[(i - Sums::lambda) / 2];
                    sum += i % 2 == 0 ? more.real : more.imag;
                }
            }
            sums[i] = sum;
        }
    }

  private:
    /// A complex number that two neighbouring floats of shared memory are.
    struct Value {
        float real, imag;

        CONTINUO_HOST_DEVICE static Value read(const float* from) {
            const Float2 two = *reinterpret_cast<const Float2*>(from);
            return {two.value[0], two.value[1]};
        }
        CONTINUO_HOST_DEVICE void write(float* to) const {
            *reinterpret_cast<Float2*>(to) = Float2{{real, imag}};
        }
    };
    /// a b + c
    CONTINUO_HOST_DEVICE static Value multiply_add(const Value& a, const Value& b, const Value& c) {
        return {fused(-a.imag, b.imag, fused(a.real, b.real, c.real)),
                fused(a.imag, b.real, fused(a.real, b.imag, c.imag))};
    }
    CONTINUO_HOST_DEVICE static Complex multiply_add(const Complex& a, const Complex& b, const Complex& c) {
        return parallel::multiply_add(a, b, c);
    }

    /// A thread's part of Σ Q s and Σ (q (F + 64 λ⁶⁴ s) + s C' H), of the chunks g and g + 8 of its warp and
    /// of every fourth mode.
    template <int Count>
    struct Products {
        Value readout[Count / 4], lambda[Count / 4];

        CONTINUO_HOST_DEVICE Products() {
            CONTINUO_UNROLL
            for (int n = 0; n < Count / 4; ++n)
                readout[n] = lambda[n] = {0.0f, 0.0f};
        }

        CONTINUO_HOST_DEVICE void add(const float* states, const float* adjoints, const float* own, int lane,
                                      const float (&of_input)[state_tiles][2][4],
                                      const float (&of_gradient)[state_tiles][2][4]) {
            CONTINUO_UNROLL
            for (int n = 0; n < Count / 4; ++n) {
                const int mode = 4 * n + lane % 4;
                const Value c = Value::read(own + 4 * mode), turn = Value::read(own + 4 * mode + 2);
                CONTINUO_UNROLL
                for (int r = 0; r < 2; ++r) {
                    const int at = (8 * r + lane / 4) * StateFold::stride + 2 * mode;
                    const Value s = Value::read(states + at), q = Value::read(adjoints + at);
                    const Value to_s{of_gradient[n][0][2 * r], of_gradient[n][0][2 * r + 1]},
                        from_dy{of_gradient[n][1][2 * r], of_gradient[n][1][2 * r + 1]},
                        from_u{of_input[n][1][2 * r], of_input[n][1][2 * r + 1]};
                    readout[n] = multiply_add(to_s, s, readout[n]);
                    lambda[n] = multiply_add(q, multiply_add(turn, s, from_u), lambda[n]);
                    lambda[n] = multiply_add(s, multiply_add(c, from_dy, {0.0f, 0.0f}), lambda[n]);
                }
            }
        }

        /// Writes [as ScanSums from `readout` on][slot].
        CONTINUO_HOST_DEVICE void put(int thread, float* shared) const {
            const int slot = thread / 4;
            CONTINUO_UNROLL
            for (int n = 0; n < Count / 4; ++n) {
                float* to = shared + 2 * (4 * n + thread % 4) * slots + slot;
                to[0] = readout[n].real;
                to[slots] = readout[n].imag;
                to[2 * Count * slots] = lambda[n].real;
                to[(2 * Count + 1) * slots] = lambda[n].imag;
            }
        }
    };

    template <int Tiles, int Rows>
    CONTINUO_HOST_DEVICE static void clear(float (&sums)[Tiles][Rows][4]) {
        CONTINUO_UNROLL
        for (int n = 0; n < Tiles; ++n) {
            CONTINUO_UNROLL
            for (int r = 0; r < Rows; ++r) {
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    sums[n][r][i] = 0.0f;
            }
        }
    }

    CONTINUO_HOST_DEVICE static void put_own(const Arguments& in, int first_mode, int thread, float* own,
                                             Complex* finals) {
        if (thread >= Modes)
            return;
        const bool there = thread < in.modes;
        own[4 * thread] = there ? in.readout_real[first_mode + thread] : 0.0f;
        own[4 * thread + 1] = there ? in.readout_imag[first_mode + thread] : 0.0f;
        const int at = first_mode + thread;
        const Complex lambda =
            there ? Complex{1.0 + double(in.delta_real[at]), double(in.delta_imag[at])} : Complex{0.0, 0.0};
        const Complex over_chunk = power(lambda, ScanTile::chunk);
        own[4 * thread + 2] = float(double(ScanTile::chunk) * over_chunk.real);
        own[4 * thread + 3] = float(double(ScanTile::chunk) * over_chunk.imag);
        finals[thread] = {0.0, 0.0};
    }

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
                                               float (&sums)[state_tiles][2][4]) {
        CONTINUO_KEEP_LOOP
        for (int i = 0; i < ScanTile::chunk / 8; ++i) {
            matrix.left(weighted_operand<false>(u, i, lane));
            matrix.template multiply_add<state_tiles>(tables + i * state_tiles * right_operand_floats, sums);
        }
    }

    /// Q and H, and dU += K dY, from the chunks' samples 16 J on, counted from their ends
    template <int J, class Matrix>
    CONTINUO_HOST_DEVICE static void add_gradient(Matrix& matrix, const Signal& dy, int lane,
                                                  const float* tables, float (&sums)[state_tiles][2][4],
                                                  float (&du)[8][1][4]) {
        CONTINUO_KEEP_LOOP
        for (int half = 0; half < 2; ++half) {
            const int i = 2 * J + half;
            matrix.left(weighted_operand<true>(dy, i, lane));
            matrix.template multiply_add<state_tiles>(tables + i * state_tiles * right_operand_floats, sums);
            matrix.template multiply_add<8 - 2 * J>(
                tables + (Tables::impulse + 8 * half) * right_operand_floats, du + 2 * J);
        }
        if constexpr (J < 3)
            add_gradient<J + 1>(matrix, dy, lane, tables, sums, du);
    }

    /// E U and C' Q to where the folds find them.
    CONTINUO_HOST_DEVICE static void put(float* states, float* adjoints, const float* own, int lane,
                                         const float (&of_input)[state_tiles][2][4],
                                         const float (&of_gradient)[state_tiles][2][4]) {
        CONTINUO_UNROLL
        for (int n = 0; n < state_tiles; ++n) {
            const int mode = 4 * n + lane % 4;
            const Value c = Value::read(own + 4 * mode);
            CONTINUO_UNROLL
            for (int r = 0; r < 2; ++r) {
                const int at = (8 * r + lane / 4) * StateFold::stride + 2 * mode;
                Value{of_input[n][0][2 * r], of_input[n][0][2 * r + 1]}.write(states + at);
                multiply_add(c, Value{of_gradient[n][0][2 * r], of_gradient[n][0][2 * r + 1]},
                             Value{0.0f, 0.0f})
                    .write(adjoints + at);
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
                    *reinterpret_cast<Float4*>(row + t) = four;
                } else {
                    CONTINUO_UNROLL
                    for (int i = 0; i < 4; ++i)
                        if (t + i < in.frames)
                            row[t + i] = four.value[i];
                }
            }
        }
    }

    /// λ q behind the row, of one mode.
    CONTINUO_HOST_DEVICE static Complex final_adjoint(const Arguments& in, int row, int mode) {
        if (mode >= in.modes)
            return {0.0, 0.0};
        const Complex& gradient = in.final_gradient[std::int64_t(row) * in.modes + mode];
        return {gradient.real, -gradient.imag};
    }

    /// What that adds to q of the first sample of the row's last chunk, whose last sample is number `last`.
    CONTINUO_HOST_DEVICE static Complex after_final(const Arguments& in, int row, const StateFold& fold,
                                                    unsigned last) {
        return multiply_add(power(fold.lambda(), last), final_adjoint(in, row, fold.mode()),
                            Complex{0.0, 0.0});
    }

    /// What it adds to Σ q_t z_{t−1} there, by the recurrences: x = Σ_t λ^{last−t} z_{t−1}.
    CONTINUO_HOST_DEVICE static Complex finish(const Arguments& in, int row, const StateFold& fold,
                                               Complex state) {
        const float* u = in.u + row * in.frames;
        const Complex lambda = fold.lambda();
        Complex x{0.0, 0.0};
        for (std::int64_t t = (in.frames - 1) / ScanTile::chunk * ScanTile::chunk; t < in.frames; ++t) {
            x = multiply_add(lambda, x, state);
            state = multiply_add(lambda, state, Complex{double(u[t]), 0.0});
        }
        return multiply_add(final_adjoint(in, row, fold.mode()), x, Complex{0.0, 0.0});
    }

    /// What it adds to the input's gradient there: a thread a sample.
    CONTINUO_HOST_DEVICE static void add_final(const Arguments& in, int row, int first_mode, int thread) {
        const std::int64_t t = (in.frames - 1) / ScanTile::chunk * ScanTile::chunk + thread;
        if (thread >= ScanTile::chunk || t >= in.frames)
            return;
        double sum = 0.0;
        for (int n = 0; n < in.modes; ++n) {
            const Complex lambda{1.0 + double(in.delta_real[first_mode + n]),
                                 double(in.delta_imag[first_mode + n])};
            sum += multiply_add(power(lambda, unsigned(in.frames - 1 - t)), final_adjoint(in, row, n),
                                Complex{0.0, 0.0})
                       .real;
        }
        float& du = in.input_gradient[row * in.frames + t];
        du = float(double(du) + sum);
    }
};

} // namespace continuo::parallel
