#pragma once

#include "models/parallel/kernels/paired_modes.h"

namespace continuo::parallel {

/// Phase 3 of a layer: from the state that every segment begins with to the layer's output.
///
///     v = tanh(W x + b),  z ← z + (δ z + v),  s = Re Σ C' z,  a = tanh(G s + b_g),  x ← r ∘ x + s ∘ (1 + a)
///
/// \tparam Trace  keep v, s and a for the backward pass
template <int Channels, int Modes, bool Trace>
struct LayerOutput {
    static constexpr int parts = Modes > 8 ? 2 : 1, own_modes = Modes / parts;
    using Block = SegmentBlock<Channels, parts>;
    using Paired = PairedModes<Channels, own_modes, Modes>;
    static constexpr int threads = Block::threads;
    static constexpr int blocks_per_multiprocessor = 4 / parts;
    static constexpr int tiles = parts > 1 ? parts + 1 : 1; ///< v, and s of each part; one part puts s over v
    static constexpr int shared_floats =
        2 * Block::matrix_floats + Channels + tiles * Block::tile_floats + Paired::floats;

    struct Arguments {
        StackLayout layout;
        int layer, segment_frames;
        const float* coefficients; ///< [setting][layout.size()]
        const Sequence* sequences;
        const BlockOfSegments* blocks;
        const float* states; ///< the state before each segment [segment][mode][real, imaginary][channel]
        const float* x;      ///< [time][channel]
        float* output;       ///< [time][channel]; may be x
        float *activation, *sum, *gate; ///< the trace, [time][channel]
        StackEnds ends = {};
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const SegmentRange<Channels> range(in.sequences, in.blocks[group.block()], in.segment_frames);
        const StackLayout& layout = in.layout;
        const float* layer =
            in.coefficients + std::int64_t(range.sequence.setting) * layout.size() + layout.layer(in.layer);
        float* mixing = group.shared();
        float* gating = mixing + Block::matrix_floats;
        float* skip = gating + Block::matrix_floats;
        float* tile = skip + Channels;
        float* sums = parts > 1 ? tile + Block::tile_floats : tile; // of the first part, then of the next one
        float* values = tile + tiles * Block::tile_floats;
        load_matrix<Channels, parts>(group, layer + layout.mixing_columns(), layer + layout.mixing_bias(),
                                     mixing);
        load_matrix<Channels, parts>(group, layer + layout.gate_columns(), layer + layout.gate_bias(),
                                     gating);
        for (int i = group.thread(); i < Channels; i += threads)
            skip[i] = layer[layout.skip() + i];
        Paired::prepare_states(group, threads, layer, layout, values);
        Paired::prepare_output(group, threads, layer, layout, values);
        group.barrier();

        const int part = group.thread() / (Block::segments * Channels);
        const int segment = group.thread() / Channels % Block::segments, channel = group.thread() % Channels;
        const int first_mode = part * own_modes, frames = range.frames(segment);
        float direct = 0.0f, delayed = 0.0f;
        if (part == 0)
            Paired::sum_direct(values + channel, direct, delayed);
        values += first_mode * Channels + channel;
        Paired modes;
        typename Paired::Start start;
        begin(in, std::int64_t(group.block()) * Block::segments + segment, first_mode, channel, frames > 0,
              values, modes, start);
        for (int at = 0; at < range.frames(0); at += Block::tile) {
            group.barrier();
            drive_tile<Channels, parts>(group, range, in.ends, in.x, at, mixing, tile,
                                        Trace ? in.activation : nullptr);
            group.barrier();
            const TileColumn<Channels> v(tile + segment * Block::stride, channel);
            const TileColumn<Channels> s(
                sums + (parts > 1 ? part : 0) * Block::tile_floats + segment * Block::stride, channel);
            const int count = frames - at < Block::tile ? frames - at : Block::tile;
            const typename Paired::States states(values);
            const typename Paired::Output output(values);
            const auto pair = [&](float v0, float v1, float& s0, float& s1) {
                float y0 = fused(direct, v0, start.y0), y1 = fused(direct, v1, fused(delayed, v0, start.y1));
                modes.advance(states, output, start, v0, v1, y0, y1);
                s0 = y0;
                s1 = y1;
            };
            int t = 0;
            for (; t + 8 <= count; t += 8) {
                CONTINUO_UNROLL
                for (int i = 0; i < 8; i += 2)
                    pair(v.at(t, i), v.at(t, i + 1), s.at(t, i), s.at(t, i + 1));
            }
            for (; t + 2 <= count; t += 2)
                pair(v.at(t), v.at(t + 1), s.at(t), s.at(t + 1));
            if (t < count) { // the last sample of all
                float y = fused(direct, v.at(t), start.y0);
                CONTINUO_UNROLL
                for (int n = 0; n < own_modes; ++n)
                    y = fused(output.first_imag[n], modes.imag[n],
                              fused(output.first_real[n], modes.real[n], y));
                s.at(t) = y;
            }
            group.barrier();
            gate_tile(in, group, range, at, gating, skip, sums);
        }
    }

  private:
    CONTINUO_HOST_DEVICE static void begin(const Arguments& in, std::int64_t segment, int first_mode,
                                           int channel, bool inside, const float* values, Paired& modes,
                                           typename Paired::Start& start) {
        float real[own_modes], imag[own_modes];
        CONTINUO_UNROLL
        for (int n = 0; n < own_modes; ++n) {
            const bool there = inside && first_mode + n < in.layout.modes;
            const float* state =
                in.states + state_place<Channels>(segment, in.layout.modes, first_mode + n, channel);
            real[n] = there ? state[0] : 0.0f;
            imag[n] = there ? state[Channels] : 0.0f;
        }
        modes.begin_at(typename Paired::States(values), typename Paired::Output(values), real, imag, start);
    }

    template <class Group>
    CONTINUO_HOST_DEVICE static void gate_tile(const Arguments& in, Group& group,
                                               const SegmentRange<Channels>& range, int at,
                                               const float* gating, const float* skip, const float* sums) {
        float s[Block::samples][Channels], a[Block::samples][Channels];
        CONTINUO_UNROLL
        for (int i = 0; i < Block::samples; ++i) {
            const TileSample sample = tile_sample<Channels, parts>(range, group.thread(), i, at);
            read_tile<Channels>(sums, sample, s[i]);
            CONTINUO_UNROLL
            for (int part = 1; part < parts; ++part) {
                float more[Channels];
                read_tile<Channels>(sums + part * Block::tile_floats, sample, more);
                CONTINUO_UNROLL
                for (int c = 0; c < Channels; ++c)
                    s[i][c] += more[c];
            }
        }
        multiply<Channels, Block::samples>(gating, s, a);
        CONTINUO_UNROLL
        for (int i = 0; i < Block::samples; ++i) {
            const TileSample sample = tile_sample<Channels, parts>(range, group.thread(), i, at);
            if (!sample.inside)
                continue;
            float x[Channels];
            read_channels<Channels>(in.ends, in.x, sample.place, x);
            tanh_of_all<Channels>(a[i]);
            CONTINUO_UNROLL
            for (int c = 0; c < Channels; ++c)
                x[c] = fused(skip[c], x[c], fused(s[i][c], a[i][c], s[i][c]));
            write_channels<Channels>(in.ends, in.output, sample.place, x);
            if (Trace) {
                write_sample<Channels>(in.sum + sample.place * Channels, s[i]);
                write_sample<Channels>(in.gate + sample.place * Channels, a[i]);
            }
        }
    }
};

} // namespace continuo::parallel
