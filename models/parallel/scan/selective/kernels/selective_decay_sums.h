#pragma once

#include "models/parallel/portable.h"

namespace continuo::parallel {

/// Sums the rows of a table in parts of `each` rows, in double, in an order that these numbers alone decide:
/// dA from the shares of all tiles. One block of threads for 32 columns of a part.
struct SelectiveDecaySums {
    static constexpr int columns = 32, strands = 8, threads = columns * strands;
    static constexpr int blocks_per_multiprocessor = 8;
    static constexpr int shared_floats = threads * int(sizeof(double) / sizeof(float));

    struct Arguments {
        std::int64_t rows, each;
        int columns;        ///< of the table
        const double* from; ///< [row][column]
        double* to;         ///< written [part][column]
    };

    /// Blocks of threads for so many columns of a part.
    static std::size_t groups(std::size_t table_columns) { return (table_columns + columns - 1) / columns; }

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int groups = (in.columns + columns - 1) / columns;
        const int column = group.block() % groups * columns + group.thread() % columns;
        const int strand = group.thread() / columns;
        const std::int64_t part = group.block() / groups, begin = part * in.each;
        const std::int64_t end = begin + in.each < in.rows ? begin + in.each : in.rows;
        double sum = 0.0;
        for (std::int64_t i = begin + strand; column < in.columns && i < end; i += 4 * strands) {
            double ahead[4];
            CONTINUO_UNROLL
            for (int k = 0; k < 4; ++k)
                ahead[k] = i + k * strands < end ? in.from[(i + k * strands) * in.columns + column] : 0.0;
            CONTINUO_UNROLL
            for (int k = 0; k < 4; ++k)
                sum += ahead[k];
        }
        double* shared = reinterpret_cast<double*>(group.shared());
        shared[group.thread()] = sum;
        group.barrier();
        if (strand != 0 || column >= in.columns)
            return;
        for (int i = 1; i < strands; ++i)
            sum += shared[i * columns + group.thread()];
        in.to[part * in.columns + column] = sum;
    }
};

} // namespace continuo::parallel
