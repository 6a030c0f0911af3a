#pragma once

#include "tests/benchmarks/gpu_comparators/fft_block.h"

// A convolution by one Fourier transform of Size² complex numbers, in three kernels, each of which reads and
// writes all of them once: the columns of a square forwards; its rows forwards, times the spectrum, and
// backwards; the columns backwards. Number n = Size n1 + n2 of time stands in row n1 and column n2; number
// k1 + Size k2 of the spectrum in row k1 and column k2, which nobody minds as long as both factors do.
// Source: Bailey, FFTs in external or hierarchical memory (1990); overlap-save: Stockham, High-speed
// convolution and correlation (1966).
//
// Two blocks of time that are convolved with the same real signal are one complex signal: one is its real
// part, the other its imaginary part.

namespace scan_speed {

/// Where the blocks of time lie. A block is Size² samples, of which the first `overlap` come before those
/// that it is for. Blocks of one channel, of all rows after each other, are taken two at a time: a pair.
struct FftBlocks {
    long long frames;                    ///< of a row
    int batch, channels, blocks_per_row; ///< rows are [batch][channel]
    int overlap, valid;                  ///< overlap + valid = Size²

    CONTINUO_HOST_DEVICE int pairs() const { return (batch * blocks_per_row + 1) / 2; } ///< of a channel
    /// Sample `n` of block `block` of a channel as an index into a signal, or −1 where it lies outside of it.
    CONTINUO_HOST_DEVICE long long sample(int channel, int block, int n) const {
        const int row = block / blocks_per_row * channels + channel;
        const long long t = (long long)(block % blocks_per_row) * valid + n - overlap;
        return block < batch * blocks_per_row && t >= 0 && t < frames ? row * frames + t : -1;
    }
};

/// Roots of unity: e^(−2πi j / Size) and e^(−2πi j / Size²) for j < Size each.
struct FftRoots {
    const ComplexFloat *coarse, *fine;

    template <int Size>
    CONTINUO_HOST_DEVICE ComplexFloat of_square(int j) const {
        return coarse[j / Size] * fine[j % Size];
    }
};

/// The columns forwards, four of a pair's to a block of threads: from the signal to numbers in memory.
template <int Size>
struct FftColumnsForward {
    using Block = FftBlock<Size>;
    static constexpr int threads = Block::threads,
                         blocks_per_multiprocessor = Block::blocks_per_multiprocessor;
    static constexpr int shared_floats = Block::shared_floats;
    static constexpr int groups = Size / Block::columns; ///< blocks of threads for a pair

    struct Arguments {
        FftBlocks blocks;
        FftRoots roots;
        const float* u;       ///< [batch][channel][time]
        ComplexFloat* square; ///< written: [channel][pair][row][column]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        ComplexFloat* values = reinterpret_cast<ComplexFloat*>(group.shared());
        const int pair = group.block() / groups, first = group.block() % groups * Block::columns;
        const int channel = pair / in.blocks.pairs(), block = pair % in.blocks.pairs() * 2;
        CONTINUO_UNROLL
        for (int i = 0; i < Block::each; ++i) {
            const int index = i * threads + group.thread(), row = index / Block::columns;
            const int column = index % Block::columns, n = row * Size + first + column;
            const long long a = in.blocks.sample(channel, block, n);
            const long long b = in.blocks.sample(channel, block + 1, n);
            values[Block::place(column, row)] = {a < 0 ? 0.0f : in.u[a], b < 0 ? 0.0f : in.u[b]};
        }
        Block::template run<false>(group, values, in.roots.coarse);
        ComplexFloat* square = in.square + (long long)(pair)*Size * Size;
        CONTINUO_UNROLL
        for (int i = 0; i < Block::each; ++i) {
            const int index = i * threads + group.thread(), row = index / Block::columns;
            const int column = index % Block::columns;
            square[row * Size + first + column] =
                values[Block::place(column, row)] * in.roots.template of_square<Size>(row * (first + column));
        }
    }
};

/// The rows, four to a block of threads, in place: forwards, and, with Multiply, times the spectrum and
/// backwards.
template <int Size, bool Multiply>
struct FftRows {
    using Block = FftBlock<Size>;
    static constexpr int threads = Block::threads,
                         blocks_per_multiprocessor = Block::blocks_per_multiprocessor;
    static constexpr int shared_floats = Block::shared_floats;
    static constexpr int groups = Size / Block::columns;

    struct Arguments {
        int pairs; ///< of a channel
        FftRoots roots;
        const ComplexFloat* spectrum; ///< [channel][row][column], where it is multiplied by it
        float scale;                  ///< of what is written
        ComplexFloat* square;         ///< [channel][pair][row][column]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        ComplexFloat* values = reinterpret_cast<ComplexFloat*>(group.shared());
        const int pair = group.block() / groups, first = group.block() % groups * Block::columns * Size;
        ComplexFloat* square = in.square + (long long)(pair)*Size * Size + first;
        CONTINUO_UNROLL
        for (int i = 0; i < Block::each; ++i) {
            const int index = i * threads + group.thread();
            values[Block::place(index / Size, index % Size)] = square[index];
        }
        Block::template run<false>(group, values, in.roots.coarse);
        if constexpr (Multiply) {
            const ComplexFloat* spectrum = in.spectrum + (long long)(pair / in.pairs) * Size * Size + first;
            CONTINUO_UNROLL
            for (int i = 0; i < Block::each; ++i) {
                const int index = i * threads + group.thread();
                ComplexFloat& value = values[Block::place(index / Size, index % Size)];
                value = value * spectrum[index];
            }
            Block::template run<true>(group, values, in.roots.coarse);
        }
        CONTINUO_UNROLL
        for (int i = 0; i < Block::each; ++i) {
            const int index = i * threads + group.thread();
            const ComplexFloat value = values[Block::place(index / Size, index % Size)];
            square[index] = {in.scale * value.real, in.scale * value.imag};
        }
    }
};

/// The columns backwards: from numbers in memory to the samples that the blocks of time are for.
template <int Size>
struct FftColumnsBackward {
    using Block = FftBlock<Size>;
    static constexpr int threads = Block::threads,
                         blocks_per_multiprocessor = Block::blocks_per_multiprocessor;
    static constexpr int shared_floats = Block::shared_floats;
    static constexpr int groups = Size / Block::columns;

    struct Arguments {
        FftBlocks blocks;
        FftRoots roots;
        const ComplexFloat* square; ///< [channel][pair][row][column]
        float* y;                   ///< written: [batch][channel][time]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        ComplexFloat* values = reinterpret_cast<ComplexFloat*>(group.shared());
        const int pair = group.block() / groups, first = group.block() % groups * Block::columns;
        const int channel = pair / in.blocks.pairs(), block = pair % in.blocks.pairs() * 2;
        const ComplexFloat* square = in.square + (long long)(pair)*Size * Size;
        CONTINUO_UNROLL
        for (int i = 0; i < Block::each; ++i) {
            const int index = i * threads + group.thread(), row = index / Block::columns;
            const int column = index % Block::columns;
            values[Block::place(column, row)] =
                square[row * Size + first + column] *
                turn<true>(in.roots.template of_square<Size>(row * (first + column)));
        }
        Block::template run<true>(group, values, in.roots.coarse);
        CONTINUO_UNROLL
        for (int i = 0; i < Block::each; ++i) {
            const int index = i * threads + group.thread(), row = index / Block::columns;
            const int column = index % Block::columns, n = row * Size + first + column;
            if (n < in.blocks.overlap)
                continue;
            const ComplexFloat value = values[Block::place(column, row)];
            const long long a = in.blocks.sample(channel, block, n);
            const long long b = in.blocks.sample(channel, block + 1, n);
            if (a >= 0)
                in.y[a] = value.real;
            if (b >= 0)
                in.y[b] = value.imag;
        }
    }
};

} // namespace scan_speed
