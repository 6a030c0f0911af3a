#pragma once

#include "models/parallel/kernels/backward_block.h"
#include "models/parallel/kernels/sample_block.h"

namespace continuo::parallel {

/// The end of a step: what the blocks of threads have left is summed up for each row and each sequence, in
/// double and in an order that the sequences' lengths alone decide.
template <int Channels>
struct ReduceSums {
    static constexpr int columns = 32, strands = 16, threads = columns * strands;
    static constexpr int blocks_per_multiprocessor = 2;
    static constexpr int shared_floats = threads * int(sizeof(double) / sizeof(float));

    struct Arguments {
        StackLayout layout;
        int sequences, rows;
        const SequenceRow* row_table;
        const TrainedSequence* trained;
        const float* layer_sums;     ///< [backward block][layer][CoefficientSumLayout::layer_size()]
        const float* sample_sums;    ///< [sample block][sample_sum_floats]
        const double* sample_losses; ///< [sample block]
        const double* adjoints;      ///< [sequence][layer][mode][real, imaginary][channel]
        double* losses;              ///< written [sequence]
        double* sums;                ///< written [row][CoefficientSumLayout::size()]
        double* row_adjoints;        ///< written [row][layer][mode][real, imaginary][channel]
    };

    /// Blocks of threads for so much.
    static std::size_t blocks(std::size_t sequences, std::size_t rows, const StackLayout& layout) {
        return rows * std::size_t(blocks_of_row(layout)) + (sequences + columns - 1) / columns;
    }

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const CoefficientSumLayout at{in.layout};
        const int column = group.thread() % columns, strand = group.thread() / columns;
        const int of_layer = groups(at.layer_size()), per_row = blocks_of_row(in.layout);
        const int row = group.block() / per_row;
        double sum = 0.0;
        double* result = nullptr;
        if (row < in.rows) {
            const SequenceRow range = in.row_table[row];
            int part = group.block() % per_row;
            if (part < in.layout.layers * of_layer) {
                const int layer = part / of_layer, i = part % of_layer * columns + column;
                if (i < at.layer_size()) {
                    result = in.sums + std::int64_t(row) * at.size() + at.layer(layer) + i;
                    sum = sum_strand(in.layer_sums + std::int64_t(layer) * at.layer_size() + i,
                                     in.layout.layers * at.layer_size(),
                                     in.trained[range.first].first_backward_block,
                                     in.trained[range.end].first_backward_block, strand);
                }
            } else if ((part -= in.layout.layers * of_layer) < groups(sample_sum_floats<Channels>)) {
                const int i = part * columns + column;
                if (i < sample_sum_floats<Channels>) {
                    result = in.sums + std::int64_t(row) * at.size() +
                             (i < 2 * Channels ? i : at.decoder_bias()); // encoder, decoder and bias
                    sum = sum_strand(in.sample_sums + i, sample_sum_floats<Channels>,
                                     in.trained[range.first].first_sample_block,
                                     in.trained[range.end].first_sample_block, strand);
                }
            } else {
                const int i = (part - groups(sample_sum_floats<Channels>)) * columns + column;
                if (i < state_size(in.layout)) {
                    result = in.row_adjoints + std::int64_t(row) * state_size(in.layout) + i;
                    sum = sum_strand(in.adjoints + i, state_size(in.layout), range.first, range.end, strand);
                }
            }
        } else {
            const int i = (group.block() - in.rows * per_row) * columns + column;
            if (i < in.sequences) {
                result = in.losses + i;
                sum = sum_strand(in.sample_losses, 1, in.trained[i].first_sample_block,
                                 in.trained[i + 1].first_sample_block, strand);
            }
        }
        double* shared = reinterpret_cast<double*>(group.shared());
        shared[group.thread()] = sum;
        group.barrier();
        if (strand != 0 || result == nullptr)
            return;
        for (int i = 1; i < strands; ++i)
            sum += shared[i * columns + column];
        *result = sum;
    }

  private:
    CONTINUO_HOST_DEVICE static constexpr int groups(int values) { return (values + columns - 1) / columns; }
    CONTINUO_HOST_DEVICE static constexpr int state_size(const StackLayout& layout) {
        return layout.layers * layout.modes * 2 * Channels;
    }
    CONTINUO_HOST_DEVICE static constexpr int blocks_of_row(const StackLayout& layout) {
        return layout.layers * groups(CoefficientSumLayout{layout}.layer_size()) +
               groups(sample_sum_floats<Channels>) + groups(state_size(layout));
    }

    /// Every `strands`-th of the values from `begin` to `end`, four of them read at once.
    template <class Value>
    CONTINUO_HOST_DEVICE static double sum_strand(const Value* from, std::int64_t stride, int begin, int end,
                                                  int strand) {
        double sum = 0.0;
        for (int i = begin + strand; i < end; i += 4 * strands) {
            Value four[4];
            CONTINUO_UNROLL
            for (int k = 0; k < 4; ++k)
                four[k] = i + k * strands < end ? from[(i + k * strands) * stride] : Value(0);
            CONTINUO_UNROLL
            for (int k = 0; k < 4; ++k)
                sum += double(four[k]);
        }
        return sum;
    }
};

} // namespace continuo::parallel
