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
        Complex* readout = lambda + powers * Modes;
        double* impulse = reinterpret_cast<double*>(readout + Modes);
        const int first = group.block() * in.modes;
        for (int i = group.thread(); i < powers * Modes; i += threads) {
            const int n = i % Modes;
            lambda[i] =
                n < in.modes
                    ? power({1.0 + double(in.delta_real[first + n]), double(in.delta_imag[first + n])},
                            unsigned(i / Modes))
                    : Complex{0.0, 0.0};
        }
        for (int n = group.thread(); n < Modes; n += threads)
            readout[n] = n < in.modes
                             ? Complex{double(in.readout_real[first + n]), double(in.readout_imag[first + n])}
                             : Complex{0.0, 0.0};
        group.barrier();
        for (int lag = group.thread(); lag < ScanTile::chunk; lag += threads) {
            double sum = 0.0;
            for (int n = 0; n < Modes; ++n) {
                const Complex& l = lambda[lag * Modes + n];
                sum = fused(readout[n].real, l.real, fused(-readout[n].imag, l.imag, sum));
            }
            impulse[lag] = sum;
        }
        group.barrier();
        float* tables = in.tables + std::int64_t(group.block()) * Tables::floats;
        for (int i = group.thread(); i < Tables::operands * 32; i += threads) {
            const int operand = i / 32, lane = i % 32;
            Float4 split;
            for (int which = 0; which < 2; ++which) {
                const double value = element(operand, right_operand_row(lane, which),
                                             right_operand_column(lane), lambda, readout, impulse);
                split.value[which] = round_to_tf32(float(value));
                split.value[2 + which] = round_to_tf32(float(value - double(split.value[which])));
            }
            *reinterpret_cast<Float4*>(tables + operand * right_operand_floats + 4 * lane) = split;
        }
    }

  private:
    CONTINUO_HOST_DEVICE static double element(int operand, int k, int n, const Complex* lambda,
                                               const Complex* readout, const double* impulse) {
        if (operand < Tables::impulse) {
            const int left = operand / Tables::state_tiles, column = operand % Tables::state_tiles * 8 + n;
            const int t = left / 2 * 16 + neighbour_of_left_column(left % 2, k);
            const Complex& l = lambda[(ScanTile::chunk - 1 - t) * Modes + column / 2];
            return column % 2 == 0 ? l.real : l.imag;
        }
        if (operand < Tables::from_states) {
            const int index = operand - Tables::impulse;
            const int lag = index % 8 / 2 * 16 + neighbour_of_sum_column(index % 2, n) -
                            neighbour_of_left_column(index / 8, k);
            return lag < 0 ? 0.0 : impulse[lag];
        }
        const bool backwards = operand >= Tables::from_adjoints;
        const int index = operand - (backwards ? Tables::from_adjoints : Tables::from_states),
                  left = index / 8, sum = index % 8;
        const int column = left / 2 * 16 + neighbour_of_left_column(left % 2, k);
        const int t = sum / 2 * 16 + neighbour_of_sum_column(sum % 2, n);
        const Complex &decay = lambda[(t + 1) * Modes + column / 2], &read = readout[column / 2];
        const Complex product = backwards ? decay : multiply_add(read, decay, {0.0, 0.0});
        return column % 2 == 0 ? product.real : -product.imag;
    }
};

} // namespace continuo::parallel
