#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// What ScanRows leaves of a row's mode for ScanEnd: states as ScanTables scales them.
struct ScanRemainder {
    Complex start; ///< before the warp's chunks that have the row's last chunk among them
    Complex local; ///< before the last chunk, if the warp begins at zero
};

/// After a scan: the states after the rows. A thread for each mode of a row.
template <int Modes>
struct ScanEnd {
    static constexpr int threads = 128;
    static constexpr int blocks_per_multiprocessor = 8;
    static constexpr int shared_floats = 0;

    struct Arguments {
        std::int64_t frames; ///< of a row
        int rows, channels, modes;
        const float *delta_real, *delta_imag; ///< [channel][mode]
        const float* tables;                  ///< [channel][ScanTables::floats]
        const float* u;                       ///< [row][time]
        const ScanRemainder* remainders;      ///< [row][Modes]
        Complex* final;                       ///< written [row][mode]
    };
    static std::size_t blocks(const Arguments& in) {
        return (std::size_t(in.rows) * Modes + threads - 1) / threads;
    }

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const std::int64_t number = std::int64_t(group.block()) * threads + group.thread(),
                           row = number / Modes;
        const int mode = int(number % Modes), channel = int(row % in.channels);
        if (row >= in.rows || mode >= in.modes)
            return;
        const int place = channel * in.modes + mode;
        const Complex lambda{1.0 + double(in.delta_real[place]), double(in.delta_imag[place])};
        const double scale = double(in.tables[std::int64_t(channel) * ScanTables<Modes>::floats +
                                              ScanTables<Modes>::state_scales + mode]);
        const std::int64_t last_chunk = (in.frames - 1) / ScanTile::chunk;
        const ScanRemainder& remainder = in.remainders[number];
        Complex state =
            multiply_add(power(lambda, unsigned(last_chunk % ScanTile::warp_chunks * ScanTile::chunk)),
                         remainder.start, remainder.local);
        const float* u = in.u + row * in.frames;
        for (std::int64_t t = last_chunk * ScanTile::chunk; t < in.frames; ++t)
            state = multiply_add(lambda, state, {scale * double(u[t]), 0.0});
        in.final[row * in.modes + mode] = {state.real / scale, state.imag / scale};
    }
};

} // namespace continuo::parallel
