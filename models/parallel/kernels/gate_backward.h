#pragma once

#include "models/parallel/kernels/backward_block.h"
#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Phase 1 of a layer's backward pass: back through the gate, and where every segment's adjoints end, walking
/// backwards, if they begin at zero.
///
///     g_a = dx' ∘ s ∘ (1 − a²),  ds = dx' ∘ (1 + a) + Gᵀ g_a,  q ← λ q + ds
///
/// q is the adjoint without its factor: p = conj(C' q). So it takes the steps of the forward recurrence.
template <int Channels, int Modes>
struct GateBackward {
    using Block = BackwardBlock<Channels, Modes>;
    static constexpr int threads = Block::threads;
    static constexpr int blocks_per_multiprocessor = Modes == 4 ? 3 : 4;
    static constexpr int shared_floats =
        3 * Block::tile_floats + Channels * Channels + Block::matrix_floats + threads;

    struct Arguments {
        StackLayout layout;
        int layer;
        const float* coefficients; ///< [setting][layout.size()]
        BackwardTables tables;
        const float *gradient, *sum, *gate; ///< dL/dx after the layer, s, a [time][channel]
        float* sum_gradient;                ///< written: ds [time][channel]
        float* states; ///< written: q at each segment's start [segment][mode][real, imaginary][channel]
        float* sums;   ///< written: of the gate [block][layer][CoefficientSumLayout::layer_size()]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const BackwardRange<Channels, Modes> range(in.tables, group.block());
        const StackLayout& layout = in.layout;
        const float* layer =
            in.coefficients + std::int64_t(range.sequence.setting) * layout.size() + layout.layer(in.layer);
        float* matrix = group.shared();
        float* gate_tile = matrix + Channels * Channels; // g_a
        float* sum_tile = gate_tile + Block::tile_floats;
        float* gradient_tile = sum_tile + Block::tile_floats; // ds
        float* strands = gradient_tile + Block::tile_floats;
        float* vector_strands = strands + Block::matrix_floats;
        for (int i = group.thread(); i < Channels * Channels; i += threads)
            matrix[i] = layer[layout.gate_rows() + i];

        float direct[Block::items][Block::own]; // dx' ∘ (1 + a)
        CONTINUO_UNROLL
        for (int i = 0; i < Block::items; ++i) {
            const SampleItem<Channels, Modes> item(range, group.thread(), i);
            float dx[Block::own], s[Block::own], a[Block::own];
            item.read(in.gradient, dx);
            item.read(in.sum, s);
            item.read(in.gate, a);
            item.to_tile(sum_tile, s);
            CONTINUO_UNROLL
            for (int c = 0; c < Block::own; ++c) {
                direct[i][c] = fused(dx[c], a[c], dx[c]);
                a[c] = dx[c] * s[c] * fused(-a[c], a[c], 1.0f);
            }
            item.to_tile(gate_tile, a);
        }
        group.barrier();
        CONTINUO_UNROLL
        for (int i = 0; i < Block::items; ++i) {
            const SampleItem<Channels, Modes> item(range, group.thread(), i);
            add_transposed<Channels, Modes>(matrix, gate_tile, item, direct[i]);
            item.write(in.sum_gradient, direct[i]);
            item.to_tile(gradient_tile, direct[i]);
        }
        multiply_tiles<Channels, Modes>(group, gate_tile, sum_tile, strands);
        sum_rows<Channels, Modes>(group, gate_tile, vector_strands);
        group.barrier();
        walk(in, group, OwnMode<Channels, Modes>(layout, layer, group.thread()), gradient_tile);

        const CoefficientSumLayout at{layout};
        float* sums = in.sums + (std::int64_t(group.block()) * layout.layers + in.layer) * at.layer_size();
        for (int i = group.thread(); i < Channels * Channels; i += threads)
            sums[at.gate() + i] = sum_of(strands + i, Block::matrix_strands, Channels * Channels);
        if (group.thread() < Channels)
            sums[at.gate_bias() + group.thread()] =
                sum_of(vector_strands + group.thread(), Block::vector_strands, Channels);
    }

  private:
    template <class Group>
    CONTINUO_HOST_DEVICE static void walk(const Arguments& in, Group& group,
                                          const OwnMode<Channels, Modes>& own, const float* tile) {
        const float* g = tile + own.row * Block::stride;
        float real = 0.0f, imag = 0.0f;
        for (int at = Block::frames - 8; at >= 0; at -= 8) {
            const Float4 early = *reinterpret_cast<const Float4*>(g + at),
                         late = *reinterpret_cast<const Float4*>(g + at + 4);
            CONTINUO_UNROLL
            for (int i = 3; i >= 0; --i)
                step_mode(own.delta_real, own.delta_imag, late.value[i], real, imag);
            CONTINUO_UNROLL
            for (int i = 3; i >= 0; --i)
                step_mode(own.delta_real, own.delta_imag, early.value[i], real, imag);
        }
        if (own.there) {
            float* state =
                in.states + state_place<Channels>(std::int64_t(group.block()) * Block::segments + own.segment,
                                                  in.layout.modes, own.mode, own.channel);
            state[0] = real;
            state[Channels] = imag;
        }
    }
};

} // namespace continuo::parallel
