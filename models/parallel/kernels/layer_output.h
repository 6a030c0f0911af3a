#pragma once

#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Phase 3 of a layer: from the state that every segment begins with to the layer's output.
///
///     v = tanh(W x + b),  z ← z + (δ z + v),  s = Re Σ C' z,  a = tanh(G s + b_g),  x ← r ∘ x + s ∘ (1 + a)
///
/// \tparam Trace  keep v, s and a for the backward pass, and leave x as it is
template <int Channels, int Modes, bool Trace>
struct LayerOutput {
    using Block = SegmentBlock<Channels>;
    static constexpr int threads = Block::threads;
    static constexpr int blocks_per_multiprocessor = Modes > 8 ? 3 : 5;
    static constexpr int shared_floats = 2 * Block::matrix_floats + Channels + Block::tile_floats;

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
        load_matrix<Channels>(group, layer + layout.mixing_columns(), layer + layout.mixing_bias(), mixing);
        load_matrix<Channels>(group, layer + layout.gate_columns(), layer + layout.gate_bias(), gating);
        for (int i = group.thread(); i < Channels; i += threads)
            skip[i] = layer[layout.skip() + i];

        const int segment = group.thread() / Channels, channel = group.thread() % Channels;
        const int frames = range.frames(segment);
        const std::int64_t place = std::int64_t(group.block()) * Block::segments + segment;
        ChannelModes<Channels, Modes> modes;
        modes.load(layer, layout, channel);
        float real[Modes], imag[Modes], readout_real[Modes], readout_imag[Modes];
        CONTINUO_UNROLL
        for (int n = 0; n < Modes; ++n) {
            const bool there = n < layout.modes && frames > 0;
            const float* state = in.states + state_place<Channels>(place, layout.modes, n, channel);
            real[n] = there ? state[0] : 0.0f;
            imag[n] = there ? state[Channels] : 0.0f;
            readout_real[n] = there ? layer[layout.mode_values(2) + n * Channels + channel] : 0.0f;
            readout_imag[n] = there ? layer[layout.mode_values(3) + n * Channels + channel] : 0.0f;
        }
        for (int at = 0; at < range.frames(0); at += Block::tile) {
            group.barrier();
            drive_tile<Channels>(group, range, in.x, at, mixing, tile, Trace ? in.activation : nullptr);
            group.barrier();
            float* v = tile + segment * Block::stride + channel;
            const int count = frames - at < Block::tile ? frames - at : Block::tile;
            for (int t = 0; t < count; ++t) {
                const float input = v[t * Channels];
                float even = 0.0f, odd = 0.0f; // two chains, half the wait
                CONTINUO_UNROLL
                for (int n = 0; n < Modes; n += 2) {
                    modes.step(n, input, real[n], imag[n]);
                    even = fused(-readout_imag[n], imag[n], fused(readout_real[n], real[n], even));
                    modes.step(n + 1, input, real[n + 1], imag[n + 1]);
                    odd = fused(-readout_imag[n + 1], imag[n + 1],
                                fused(readout_real[n + 1], real[n + 1], odd));
                }
                v[t * Channels] = even + odd;
            }
            group.barrier();
            gate_tile(in, group, range, at, gating, skip, tile);
        }
    }

  private:
    template <class Group>
    CONTINUO_HOST_DEVICE static void gate_tile(const Arguments& in, Group& group,
                                               const SegmentRange<Channels>& range, int at,
                                               const float* gating, const float* skip, const float* tile) {
        float s[Block::samples][Channels], a[Block::samples][Channels];
        CONTINUO_UNROLL
        for (int i = 0; i < Block::samples; ++i)
            read_sample<Channels>(tile + tile_sample<Channels>(range, group.thread(), i, at).shared, s[i]);
        multiply<Channels, Block::samples>(gating, s, a);
        CONTINUO_UNROLL
        for (int i = 0; i < Block::samples; ++i) {
            const TileSample sample = tile_sample<Channels>(range, group.thread(), i, at);
            if (!sample.inside)
                continue;
            float x[Channels];
            read_sample<Channels>(in.x + sample.place * Channels, x);
            CONTINUO_UNROLL
            for (int c = 0; c < Channels; ++c) {
                a[i][c] = tanh_approximation(a[i][c]);
                x[c] = fused(skip[c], x[c], fused(s[i][c], a[i][c], s[i][c]));
            }
            write_sample<Channels>(in.output + sample.place * Channels, x);
            if (Trace) {
                write_sample<Channels>(in.sum + sample.place * Channels, s[i]);
                write_sample<Channels>(in.gate + sample.place * Channels, a[i]);
            }
        }
    }
};

} // namespace continuo::parallel
