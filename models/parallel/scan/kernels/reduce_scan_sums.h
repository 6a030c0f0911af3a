#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// What a segment leaves for the derivatives of the model, in double, and how they come of it. From the two
/// recurrences written out over a chunk, from the state s before it and q of the first sample after it,
///
///     Σ_t dy_t z_t     = λ Q s + Σ_j λʲ R_j
///     Σ_t q_t z_{t−1}  = q (F + 64 λ⁶⁴ s) + s C' H + C' Σ_j j λ^{j−1} R_j
///
/// with Q = Σ_t λᵗ dy_t, H = Σ_t (t + 1) λᵗ dy_t, F = Σ_t (63 − t) λ^{63−t} u_t, and R_j = Σ_t dy_{t+j} u_t,
/// all of them summed over chunks.
/// Source: both sums multiplied out.
template <int Modes>
struct ScanSums {
    static constexpr int lags = 0;                         ///< Σ R_j [j up to 63]
    static constexpr int readout = lags + ScanTile::chunk; ///< Σ Q s [mode][real, imaginary]
    static constexpr int lambda = readout + 2 * Modes; ///< Σ (q (F + 64 λ⁶⁴ s) + s C' H) [mode][...]
    static constexpr int count = lambda + 2 * Modes;
};

/// The end of the backward pass: the sums of all segments are added up for each channel, in an order that
/// their number alone decides, and become the derivatives. One block of threads a channel.
template <int Modes>
struct ReduceScanSums {
    using Sums = ScanSums<Modes>;
    static constexpr int strands = 4, threads = strands * Sums::count;
    static constexpr int blocks_per_multiprocessor = 2;
    static constexpr int shared_floats = (threads + Sums::count) * int(sizeof(double) / sizeof(float));

    struct Arguments {
        int channels, modes, items;                            ///< items of a channel
        const float *delta_real, *delta_imag;                  ///< [channel][mode]
        const float *readout_real, *readout_imag;              ///< the same
        const double* sums;                                    ///< [item][channel][ScanSums::count]
        double *delta_real_gradient, *delta_imag_gradient;     ///< written [channel][mode]
        double *readout_real_gradient, *readout_imag_gradient; ///< the same
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int column = group.thread() % Sums::count, strand = group.thread() / Sums::count;
        const int channel = group.block();
        double* shared = reinterpret_cast<double*>(group.shared());
        double* total = shared + threads;
        const double* from = in.sums + std::int64_t(channel) * Sums::count + column;
        const std::int64_t stride = std::int64_t(in.channels) * Sums::count;
        double sum = 0.0;
        for (int i = strand; i < in.items; i += ahead * strands) {
            double values[ahead];
            CONTINUO_UNROLL
            for (int k = 0; k < ahead; ++k)
                values[k] = i + k * strands < in.items ? from[(i + k * strands) * stride] : 0.0;
            CONTINUO_UNROLL
            for (int k = 0; k < ahead; ++k)
                sum += values[k];
        }
        shared[group.thread()] = sum;
        group.barrier();
        if (strand == 0) {
            for (int i = 1; i < strands; ++i)
                sum += shared[i * Sums::count + column];
            total[column] = sum;
        }
        group.barrier();
        const int mode = group.thread(), place = channel * in.modes + mode;
        if (mode >= in.modes)
            return;
        const Complex lambda{1.0 + double(in.delta_real[place]), double(in.delta_imag[place])};
        const Complex readout{double(in.readout_real[place]), double(in.readout_imag[place])};
        Complex lagged{0.0, 0.0}, derivative{0.0, 0.0}; // Σ λʲ R_j, and by λ
        for (int j = ScanTile::chunk - 1; j >= 0; --j) {
            derivative = multiply_add(lambda, derivative, lagged);
            lagged = multiply_add(lambda, lagged, {total[Sums::lags + j], 0.0});
        }
        const double* of_readout = total + Sums::readout + 2 * mode;
        const double* of_lambda = total + Sums::lambda + 2 * mode;
        const Complex by_readout = multiply_add(lambda, {of_readout[0], of_readout[1]}, lagged);
        const Complex by_lambda = multiply_add(readout, derivative, {of_lambda[0], of_lambda[1]});
        in.readout_real_gradient[place] = by_readout.real;
        in.readout_imag_gradient[place] = -by_readout.imag;
        in.delta_real_gradient[place] = by_lambda.real;
        in.delta_imag_gradient[place] = -by_lambda.imag;
    }

  private:
    static constexpr int ahead = 8; ///< read at once
};

} // namespace continuo::parallel
