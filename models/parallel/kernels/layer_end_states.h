#pragma once

#include "models/parallel/kernels/paired_modes.h"

namespace continuo::parallel {

/// Phase 1 of a layer: where every segment's modes end if they begin at zero.
///
///     v = tanh(W x + b),  z ← z + (δ z + v)
template <int Channels, int Modes>
struct LayerEndStates {
    static constexpr int parts = Modes > 8 ? 2 : 1, own_modes = Modes / parts;
    using Block = SegmentBlock<Channels, parts>;
    using Paired = PairedModes<Channels, own_modes, Modes>;
    static constexpr int threads = Block::threads;
    static constexpr int blocks_per_multiprocessor = 5 / parts;
    static constexpr int shared_floats = Block::matrix_floats + Block::tile_floats + Paired::state_floats;

    struct Arguments {
        StackLayout layout;
        int layer, segment_frames;
        const float* coefficients; ///< [setting][layout.size()]
        const Sequence* sequences;
        const BlockOfSegments* blocks;
        const float* x; ///< [time][channel]
        float* states;  ///< written: the state after each segment [segment][mode][real, imaginary][channel]
        StackEnds ends = {};
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const SegmentRange<Channels> range(in.sequences, in.blocks[group.block()], in.segment_frames);
        const StackLayout& layout = in.layout;
        const float* layer =
            in.coefficients + std::int64_t(range.sequence.setting) * layout.size() + layout.layer(in.layer);
        float* mixing = group.shared();
        float* tile = mixing + Block::matrix_floats;
        float* values = tile + Block::tile_floats;
        load_matrix<Channels, parts>(group, layer + layout.mixing_columns(), layer + layout.mixing_bias(),
                                     mixing);
        Paired::prepare_states(group, threads, layer, layout, values);

        const int part = group.thread() / (Block::segments * Channels);
        const int segment = group.thread() / Channels % Block::segments, channel = group.thread() % Channels;
        const int first_mode = part * own_modes, frames = range.frames(segment);
        values += first_mode * Channels + channel;
        Paired modes;
        modes.begin_at_zero();
        for (int at = 0; at < range.frames(0); at += Block::tile) {
            group.barrier();
            drive_tile<Channels, parts>(group, range, in.ends, in.x, at, mixing, tile, nullptr);
            group.barrier();
            const TileColumn<Channels> v(tile + segment * Block::stride, channel);
            const int count = frames - at < Block::tile ? frames - at : Block::tile;
            const typename Paired::States states(values);
            int t = 0;
            for (; t + 8 <= count; t += 8) {
                CONTINUO_UNROLL
                for (int i = 0; i < 8; i += 2)
                    modes.advance(states, v.at(t, i), v.at(t, i + 1));
            }
            for (; t + 2 <= count; t += 2)
                modes.advance(states, v.at(t), v.at(t + 1));
            if (t < count)
                modes.advance_one(layer, layout, first_mode, channel, v.at(t));
        }
        const std::int64_t place = std::int64_t(group.block()) * Block::segments + segment;
        CONTINUO_UNROLL
        for (int n = 0; n < own_modes; ++n)
            if (first_mode + n < layout.modes) {
                float* state =
                    in.states + state_place<Channels>(place, layout.modes, first_mode + n, channel);
                state[0] = modes.real[n];
                state[Channels] = modes.imag[n];
            }
    }
};

} // namespace continuo::parallel
