#pragma once

#include "models/parallel/kernels/backward_block.h"
#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Phase 3 of a layer's backward pass: back through the modes, from the state that every segment begins with
/// and the adjoint that comes from behind it, then through the mixing.
///
///     q ← λ q + ds,  dv = Σ Re C' q,  du = dv ∘ (1 − v²),  dx = r ∘ dx' + Wᵀ du
///
/// States are walked through forwards first and kept every eighth sample; then eight samples at a time are
/// walked through again, and back. Nothing is ever divided by λ.
template <int Channels, int Modes>
struct ModesBackward {
    using Block = BackwardBlock<Channels, Modes>;
    static constexpr int threads = Block::threads;
    static constexpr int blocks_per_multiprocessor = Modes == 4 ? 3 : 4;
    static constexpr int eighths = Block::frames / 8;
    static constexpr int kept_floats = eighths * 2 * threads;
    static constexpr int share_floats = 8 * threads; ///< of dv by each thread, for eight samples
    static constexpr int scratch_floats = kept_floats + 2 * share_floats;
    static constexpr int shared_floats =
        Channels * Channels + Channels + 2 * Block::tile_floats + scratch_floats;
    static_assert(Block::tile_floats + Block::matrix_floats + 2 * threads + 4 * threads <= scratch_floats,
                  "what is summed at the end takes the place of what was kept");

    struct Arguments {
        StackLayout layout;
        int layer;
        const float* coefficients; ///< [setting][layout.size()]
        BackwardTables tables;
        const float *x, *activation, *sum_gradient; ///< before the layer, v, ds [time][channel]
        const float* states;   ///< z before each segment [segment of all][mode][real, imaginary][channel]
        const float* adjoints; ///< q after each segment [segment from derived_from on][...]
        float* gradient;       ///< dx' on entry, dx on return [time][channel]
        float* sums;           ///< written: all but the gate's [block][layer][layer_size()]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const BackwardRange<Channels, Modes> range(in.tables, group.block());
        const StackLayout& layout = in.layout;
        const float* layer =
            in.coefficients + std::int64_t(range.sequence.setting) * layout.size() + layout.layer(in.layer);
        float* matrix = group.shared();
        float* skip = matrix + Channels * Channels;
        float* v_tile = skip + Channels;
        float* g_tile = v_tile + Block::tile_floats; // ds, then du
        float* scratch = g_tile + Block::tile_floats;
        for (int i = group.thread(); i < Channels * Channels; i += threads)
            matrix[i] = layer[layout.mixing_rows() + i];
        if (group.thread() < Channels)
            skip[group.thread()] = layer[layout.skip() + group.thread()];
        CONTINUO_UNROLL
        for (int i = 0; i < Block::items; ++i) {
            const SampleItem<Channels, Modes> item(range, group.thread(), i);
            float v[Block::own], g[Block::own];
            item.read(in.activation, v);
            item.read(in.sum_gradient, g);
            item.to_tile(v_tile, v);
            item.to_tile(g_tile, g);
        }
        group.barrier();
        ModeSums mode_sums;
        walk(in, group, range, OwnMode<Channels, Modes>(layout, layer, group.thread()), v_tile, g_tile,
             scratch, mode_sums);
        group.barrier();

        float* product_tile = scratch; // dx' ∘ x
        CONTINUO_UNROLL
        for (int i = 0; i < Block::items; ++i) {
            const SampleItem<Channels, Modes> item(range, group.thread(), i);
            float x[Block::own], dx[Block::own];
            item.read(in.x, x);
            item.read(in.gradient, dx);
            item.to_tile(v_tile, x);
            CONTINUO_UNROLL
            for (int c = 0; c < Block::own; ++c) {
                x[c] *= dx[c];
                dx[c] *= skip[item.channel + c];
            }
            item.to_tile(product_tile, x);
            add_transposed<Channels, Modes>(matrix, g_tile, item, dx);
            item.write(in.gradient, dx);
        }
        float* strands = scratch + Block::tile_floats;
        float* bias_strands = strands + Block::matrix_floats;
        float* skip_strands = bias_strands + threads;
        float* mode_strands = skip_strands + threads;
        mode_strands[group.thread()] = mode_sums.delta_real;
        mode_strands[threads + group.thread()] = mode_sums.delta_imag;
        mode_strands[2 * threads + group.thread()] = mode_sums.readout_real;
        mode_strands[3 * threads + group.thread()] = mode_sums.readout_imag;
        group.barrier();
        multiply_tiles<Channels, Modes>(group, g_tile, v_tile, strands);
        sum_rows<Channels, Modes>(group, g_tile, bias_strands);
        sum_rows<Channels, Modes>(group, product_tile, skip_strands);
        group.barrier();

        const CoefficientSumLayout at{layout};
        float* sums = in.sums + (std::int64_t(group.block()) * layout.layers + in.layer) * at.layer_size();
        for (int i = group.thread(); i < Channels * Channels; i += threads)
            sums[at.mixing() + i] = sum_of(strands + i, Block::matrix_strands, Channels * Channels);
        for (int i = group.thread(); i < 4 * Modes * Channels; i += threads) {
            const int value = i / (Modes * Channels), place = i % (Modes * Channels);
            if (place / Channels < layout.modes)
                sums[at.mode_values(value) + place] =
                    sum_of(mode_strands + value * threads + place, Block::segments, Modes * Channels);
        }
        const int c = group.thread() % Channels;
        if (group.thread() < Channels)
            sums[at.mixing_bias() + c] = sum_of(bias_strands + c, Block::vector_strands, Channels);
        else if (group.thread() < 2 * Channels)
            sums[at.skip() + c] = sum_of(skip_strands + c, Block::vector_strands, Channels);
    }

  private:
    /// dL/d(coefficient) over the thread's segment.
    struct ModeSums {
        float delta_real, delta_imag, readout_real, readout_imag;
    };

    /// Through the segment's samples, eight at a time: ds becomes du in `g_tile`.
    template <class Group>
    CONTINUO_HOST_DEVICE static void walk(const Arguments& in, Group& group,
                                          const BackwardRange<Channels, Modes>& range,
                                          const OwnMode<Channels, Modes>& own, const float* v_tile,
                                          float* g_tile, float* scratch, ModeSums& sums) {
        const bool inside = own.there && range.frames(own.segment) > 0;
        const std::int64_t segment =
            std::int64_t(range.sequence.first_block) * SegmentBlock<Channels>::segments +
            range.begin / Block::frames + own.segment;
        const float* state =
            in.states + state_place<Channels>(segment, in.layout.modes, own.mode, own.channel);
        const float* adjoint =
            in.adjoints + state_place<Channels>(std::int64_t(group.block()) * Block::segments + own.segment,
                                                in.layout.modes, own.mode, own.channel);
        float z_real = inside ? state[0] : 0.0f, z_imag = inside ? state[Channels] : 0.0f;
        float q_real = inside ? adjoint[0] : 0.0f, q_imag = inside ? adjoint[Channels] : 0.0f;
        const float *v = v_tile + own.row * Block::stride, *g = g_tile + own.row * Block::stride;
        float* kept = scratch + group.thread(); // [eighth][real, imaginary][thread]
        for (int eighth = 0; eighth < eighths; ++eighth) {
            kept[2 * eighth * threads] = z_real;
            kept[(2 * eighth + 1) * threads] = z_imag;
            float in_v[8];
            read_sample<8>(v + 8 * eighth, in_v);
            CONTINUO_UNROLL
            for (int i = 0; i < 8; ++i)
                step_mode(own.delta_real, own.delta_imag, in_v[i], z_real, z_imag);
        }

        float product_real = 0.0f, product_imag = 0.0f; // Σ q_t z_{t−1}
        sums.readout_real = sums.readout_imag = 0.0f;
        for (int eighth = eighths - 1; eighth >= 0; --eighth) {
            // Two places by turns, so that one barrier is enough.
            float* shares = scratch + kept_floats + (eighth & 1) * share_floats;
            float before_real[9], before_imag[9];
            before_real[0] = kept[2 * eighth * threads];
            before_imag[0] = kept[(2 * eighth + 1) * threads];
            {
                float in_v[8];
                read_sample<8>(v + 8 * eighth, in_v);
                CONTINUO_UNROLL
                for (int i = 0; i < 8; ++i) {
                    before_real[i + 1] = before_real[i];
                    before_imag[i + 1] = before_imag[i];
                    step_mode(own.delta_real, own.delta_imag, in_v[i], before_real[i + 1],
                              before_imag[i + 1]);
                }
            }
            float values[8]; // ds, then this mode's share of dv
            read_sample<8>(g + 8 * eighth, values);
            CONTINUO_UNROLL
            for (int i = 7; i >= 0; --i) {
                const float ds = values[i];
                step_mode(own.delta_real, own.delta_imag, ds, q_real, q_imag);
                product_real = fused(q_real, before_real[i], fused(-q_imag, before_imag[i], product_real));
                product_imag = fused(q_real, before_imag[i], fused(q_imag, before_real[i], product_imag));
                sums.readout_real = fused(ds, before_real[i + 1], sums.readout_real);
                sums.readout_imag = fused(-ds, before_imag[i + 1], sums.readout_imag);
                values[i] = fused(own.readout_real, q_real, -(own.readout_imag * q_imag));
            }
            // The halves of rows stand in an order in which eight rows at once meet no bank twice.
            const int at = (own.mode * Block::rows + own.row) * 8, half = own.row >> 2 & 1;
            const float early[4] = {values[0], values[1], values[2], values[3]},
                        late[4] = {values[4], values[5], values[6], values[7]};
            write_sample<4>(shares + at + 4 * half, early);
            write_sample<4>(shares + at + 4 * (1 - half), late);
            group.barrier();
            for (int i = group.thread(); i < Block::rows * 8; i += threads) {
                const int row = i / 8, t = i % 8, place = row * 8 + (t ^ (row >> 2 & 1) * 4);
                float dv = 0.0f;
                CONTINUO_UNROLL
                for (int mode = 0; mode < Modes; ++mode)
                    dv += shares[mode * Block::rows * 8 + place];
                const int sample = row * Block::stride + 8 * eighth + t;
                g_tile[sample] = dv * fused(-v_tile[sample], v_tile[sample], 1.0f);
            }
        }
        // dL/dλ = Σ p_t conj(z_{t−1}) = conj(C' Σ q_t z_{t−1})
        sums.delta_real = fused(own.readout_real, product_real, -(own.readout_imag * product_imag));
        sums.delta_imag = -fused(own.readout_real, product_imag, own.readout_imag * product_real);
    }
};

} // namespace continuo::parallel
