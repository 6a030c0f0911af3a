#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// The tables of every channel from δ and C', in double. One block of threads a channel.
template <int Modes>
struct MakeScanTables {
    using Tables = ScanTables<Modes>;
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 2;
    static constexpr int powers = ScanTile::chunk + 1;
    static constexpr int complex_floats = int(sizeof(Complex) / sizeof(float));
    static constexpr int shared_floats = (powers * Modes + Modes) * complex_floats + ScanTile::chunk * 2;

    struct Arguments {
        int modes;
        const float *delta_real, *delta_imag, *readout_real, *readout_imag; ///< [channel][mode]
        float* tables; ///< written [channel][ScanTables::floats]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        Complex* lambda = reinterpret_cast<Complex*>(group.shared()); // λʲ [j][mode]
        Complex* readout = lambda + powers * Modes;                   // divided by the states' scales
        double* impulse = reinterpret_cast<double*>(readout + Modes);
        const int first = group.block() * in.modes, thread = group.thread();
        float* tables = in.tables + std::int64_t(group.block()) * Tables::floats;
        for (int i = thread; i < powers * Modes; i += threads) {
            const int n = i % Modes;
            lambda[i] =
                n < in.modes
                    ? power({1.0 + double(in.delta_real[first + n]), double(in.delta_imag[first + n])},
                            unsigned(i / Modes))
                    : Complex{0.0, 0.0};
        }
        for (int n = thread; n < Modes; n += threads) {
            const bool there = n < in.modes;
            const float real = there ? in.readout_real[first + n] : 0.0f;
            const float imag = there ? in.readout_imag[first + n] : 0.0f;
            const int exponent = exponent_of(fmaxf(fabsf(real), fabsf(imag)));
            const float scale = exponent < -100 ? two_to(-100) : two_to(exponent < 100 ? exponent : 100);
            tables[Tables::state_scales + n] = scale;
            readout[n] = {double(real) / double(scale), double(imag) / double(scale)};
        }
        group.barrier();
        for (int lag = thread; lag < ScanTile::chunk; lag += threads) {
            double sum = 0.0;
            for (int n = 0; n < Modes; ++n) {
                const Complex& l = lambda[lag * Modes + n];
                const double scale = n < in.modes ? double(tables[Tables::state_scales + n]) : 0.0;
                sum = fused(scale * readout[n].real, l.real, fused(scale * -readout[n].imag, l.imag, sum));
            }
            impulse[lag] = sum;
        }
        group.barrier();
        float largest = 0.0f;
        for (int lag = 0; lag < ScanTile::chunk; ++lag)
            largest = fmaxf(largest, fabsf(float(impulse[lag])));
        const Scale scale = scale_of(largest);
        if (thread == 0)
            *reinterpret_cast<Float4*>(tables + Tables::scales) = {{scale.from, 0.0f, 0.0f, 0.0f}};
        for (int i = thread; i < Tables::operands * 32; i += threads) {
            RightOperand operand;
            for (int which = 0; which < 2; ++which) {
                const int row = 2 * (i % 4) + 8 * which, column = i % 32 / 4;
                const double a = element(i / 32, row, column, lambda, readout, impulse, double(scale.to));
                const double b = element(i / 32, row + 1, column, lambda, readout, impulse, double(scale.to));
                operand.high[which] = half_pair(float(a), float(b));
                operand.low[which] = half_pair(float(a - double(value_of(operand.high[which], 0))),
                                               float(b - double(value_of(operand.high[which], 1))));
            }
            memcpy(tables + 4 * i, &operand, sizeof operand);
        }
        make_powers(lambda + ScanTile::chunk * Modes, thread, tables);
    }

  private:
    CONTINUO_HOST_DEVICE static double element(int operand, int k, int n, const Complex* lambda,
                                               const Complex* readout, const double* impulse,
                                               double impulse_scale) {
        if (operand < Tables::impulse) {
            const int column = operand % Tables::state_tiles * 8 + n;
            const int t = operand / Tables::state_tiles * 16 + sample_of_row(k);
            const Complex& l = lambda[(ScanTile::chunk - 1 - t) * Modes + column / 2];
            return double(two_to(into_states_exponent)) * (column % 2 == 0 ? l.real : l.imag);
        }
        if (operand < Tables::from_states) {
            const int index = operand - Tables::impulse;
            const int lag = index / 2 * 16 + sample_of_column(index % 2, n) - sample_of_row(k);
            return lag < 0 ? 0.0 : impulse_scale * impulse[lag];
        }
        const int index = operand - Tables::from_states, left = index / 2 % Tables::state_lefts;
        const int column = 16 * left + k;
        const int t = index / 2 / Tables::state_lefts * 16 + sample_of_column(index % 2, n);
        const Complex product =
            multiply_add(readout[column / 2], lambda[(t + 1) * Modes + column / 2], {0.0, 0.0});
        return double(two_to(from_states_exponent)) * (column % 2 == 0 ? product.real : -product.imag);
    }

    /// \param over_chunk  λ⁶⁴ [mode]
    CONTINUO_HOST_DEVICE static void make_powers(const Complex* over_chunk, int thread, float* tables) {
        for (int i = thread; i < (4 + 8) * Modes; i += threads) {
            const int n = i < 4 * Modes ? i / 4 : i % Modes;
            const int exponent = i >= 4 * Modes ? 4 * (i / Modes - 4) : i % 4 == 0 ? 1 : 2 << i % 4;
            const Complex value = power(over_chunk[n], unsigned(exponent));
            tables[Tables::chunk_powers + 2 * i] = float(value.real);
            tables[Tables::chunk_powers + 2 * i + 1] = float(value.imag);
        }
        for (int i = thread; i < (ScanTile::group + 1) * Modes; i += threads) {
            const int tiles = i / Modes; // the last is a warp's part of a tile
            const int chunks = tiles < ScanTile::group ? tiles * ScanTile::warps * ScanTile::warp_chunks
                                                       : ScanTile::warp_chunks;
            const Complex value = power(over_chunk[i % Modes], unsigned(chunks));
            memcpy(tables + Tables::tile_powers + 4 * i, &value, sizeof value);
        }
    }
};

} // namespace continuo::parallel
