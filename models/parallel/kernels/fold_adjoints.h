#pragma once

#include "models/parallel/kernels/backward_block.h"
#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Phase 2 of a layer's backward pass: from q at every segment's start, if it begins at zero at the segment's
/// end, to what it begins with there in truth, last to first in double, in an order that depends on the
/// number of segments alone. FoldStates backwards: time past the end adds nothing, so all segments are of one
/// length.
template <int Channels, int Modes>
struct FoldAdjoints {
    using Block = BackwardBlock<Channels, Modes>;
    static constexpr int own_channels = 4, runs = 64, threads = own_channels * runs;
    static constexpr int blocks_per_multiprocessor = 3;
    static constexpr int shared_floats = threads * int(sizeof(Complex) / sizeof(float));

    struct Arguments {
        StackLayout layout;
        int layer;
        const float* coefficients; ///< [setting][layout.size()]
        const Sequence* sequences;
        const TrainedSequence* trained;
        float* states; ///< q at the start from zero on entry, after the end on return; from derived_from on
                       ///< [segment][mode][2][channel]
        double* adjoints; ///< written: dL/d(state before the sequence), 0 where derived_from is not
                          ///< [sequence][layer][mode][real, imaginary][channel]
    };

    /// Blocks of threads for so many sequences.
    static std::size_t blocks(std::size_t sequences, const StackLayout& layout) {
        return sequences * std::size_t(layout.modes * Channels / own_channels);
    }

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        constexpr int groups = Channels / own_channels;
        const int modes = in.layout.modes, mode = group.block() / groups % modes;
        const int index = group.block() / groups / modes;
        const Sequence sequence = in.sequences[index];
        const TrainedSequence trained = in.trained[index];
        const int own = group.thread() % own_channels, run = group.thread() / own_channels;
        const int channel = group.block() % groups * own_channels + own;
        const int frames = sequence.frames - trained.derived_from;
        const int segments = (frames + Block::frames - 1) / Block::frames,
                  each = (segments + runs - 1) / runs;
        const int begin = run * each < segments ? run * each : segments; // counted from the last segment on
        const int end = begin + each < segments ? begin + each : segments;
        const float* layer =
            in.coefficients + std::int64_t(sequence.setting) * in.layout.size() + in.layout.layer(in.layer);
        const int place = mode * Channels + channel;
        const Complex lambda{1.0 + double(layer[in.layout.mode_values(0) + place]),
                             double(layer[in.layout.mode_values(1) + place])};
        const Complex over_segment = power(lambda, unsigned(Block::frames));
        const std::int64_t last = std::int64_t(trained.first_backward_block) * Block::segments + segments - 1;

        Complex* shared = reinterpret_cast<Complex*>(group.shared());
        Complex state{0.0, 0.0};
        float* at = in.states + state_place<Channels>(last, modes, mode, channel);
        const std::int64_t step = std::int64_t(modes) * 2 * Channels;
        for (int k = begin; k < end; k += ahead) {
            Ended ended;
            ended.read(at - k * step, step, end - k);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i)
                if (k + i < end)
                    state = multiply_add(over_segment, state, {double(ended.real[i]), double(ended.imag[i])});
        }
        shared[group.thread()] = state;
        group.barrier();
        if (run == 0) {
            const Complex over_run = power(over_segment, unsigned(each));
            state = {0.0, 0.0};
            for (int r = 0; r * each < segments; ++r) {
                const Complex alone = shared[r * own_channels + own];
                shared[r * own_channels + own] = state;
                state = multiply_add(over_run, state, alone);
            }
        }
        group.barrier();
        state = shared[group.thread()];
        for (int k = begin; k < end; k += ahead) {
            Ended ended;
            ended.read(at - k * step, step, end - k);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                if (k + i >= end)
                    break;
                at[-(k + i) * step] = float(state.real);
                at[Channels - (k + i) * step] = float(state.imag);
                state = multiply_add(over_segment, state, {double(ended.real[i]), double(ended.imag[i])});
            }
        }
        if (end == segments && begin < end) { // dL/dz before the first sample: conj(C' λ q)
            double* adjoint = in.adjoints +
                              (std::int64_t(index) * in.layout.layers + in.layer) * modes * 2 * Channels +
                              mode * 2 * Channels + channel;
            const Complex readout{double(layer[in.layout.mode_values(2) + place]),
                                  double(layer[in.layout.mode_values(3) + place])};
            const Complex through =
                multiply_add(readout, multiply_add(lambda, state, {0.0, 0.0}), {0.0, 0.0});
            const bool whole = trained.derived_from == 0;
            adjoint[0] = whole ? through.real : 0.0;
            adjoint[Channels] = whole ? -through.imag : 0.0;
        }
    }

  private:
    static constexpr int ahead = 8;
    struct Ended {
        float real[ahead], imag[ahead];
        CONTINUO_HOST_DEVICE void read(const float* from, std::int64_t step, int count) {
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                real[i] = i < count ? from[-i * step] : 0.0f;
                imag[i] = i < count ? from[Channels - i * step] : 0.0f;
            }
        }
    };
};

} // namespace continuo::parallel
