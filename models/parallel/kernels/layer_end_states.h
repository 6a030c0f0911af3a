#pragma once

#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Phase 1 of a layer: where every segment's modes end if they begin at zero.
///
///     v = tanh(W x + b),  z ← z + (δ z + v)
template <int Channels, int Modes>
struct LayerEndStates {
    using Block = SegmentBlock<Channels>;
    static constexpr int threads = Block::threads;
    static constexpr int blocks_per_multiprocessor = Modes > 8 ? 5 : 6;
    static constexpr int shared_floats = Block::matrix_floats + Block::tile_floats;

    struct Arguments {
        StackLayout layout;
        int layer, segment_frames;
        const float* coefficients; ///< [setting][layout.size()]
        const Sequence* sequences;
        const BlockOfSegments* blocks;
        const float* x; ///< [time][channel]
        float* states;  ///< written: the state after each segment [segment][mode][real, imaginary][channel]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const SegmentRange<Channels> range(in.sequences, in.blocks[group.block()], in.segment_frames);
        const float* layer = in.coefficients + std::int64_t(range.sequence.setting) * in.layout.size() +
                             in.layout.layer(in.layer);
        float* mixing = group.shared();
        float* tile = mixing + Block::matrix_floats;
        load_matrix<Channels>(group, layer + in.layout.mixing_columns(), layer + in.layout.mixing_bias(),
                              mixing);
        const int segment = group.thread() / Channels, channel = group.thread() % Channels;
        const int frames = range.frames(segment);
        ChannelModes<Channels, Modes> modes;
        modes.load(layer, in.layout, channel);
        float real[Modes], imag[Modes];
        clear(real);
        clear(imag);
        for (int at = 0; at < range.frames(0); at += Block::tile) {
            group.barrier();
            drive_tile<Channels>(group, range, in.x, at, mixing, tile, nullptr);
            group.barrier();
            const float* v = tile + segment * Block::stride + channel;
            const int count = frames - at < Block::tile ? frames - at : Block::tile;
            for (int t = 0; t < count; ++t) {
                const float input = v[t * Channels];
                CONTINUO_UNROLL
                for (int n = 0; n < Modes; ++n)
                    modes.step(n, input, real[n], imag[n]);
            }
        }
        const std::int64_t place = std::int64_t(group.block()) * Block::segments + segment;
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n)
            if (n < in.layout.modes) {
                float* state = in.states + state_place<Channels>(place, in.layout.modes, n, channel);
                state[0] = real[n];
                state[Channels] = imag[n];
            }
    }
};

} // namespace continuo::parallel
