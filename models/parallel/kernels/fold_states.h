#pragma once

#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Phase 2 of a layer: from where every segment ends if it begins at zero to where it begins in truth, left
/// to right in double, in an order that depends on the number of segments alone.
///
///     start of segment k + 1 = λ^frames · start of segment k + end of segment k from zero
///
/// A sequence's segments are cut into 256 / Channels runs. Each run is folded by itself; then the runs one
/// after the other; then each run again, from the state that it begins with. One block of threads for each
/// sequence and mode.
template <int Channels>
struct FoldStates {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int runs = threads / Channels;
    static constexpr int shared_floats = threads * int(sizeof(Complex) / sizeof(float));

    struct Arguments {
        StackLayout layout;
        int layer, segment_frames;
        const float* coefficients; ///< [setting][layout.size()]
        const Sequence* sequences;
        float* states; ///< the end from zero on entry, the start on return [segment][mode][2][channel]
        double* carry; ///< the state before the sequence on entry, after it on return
                       ///< [carry][layer][mode][real, imaginary][channel]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const int modes = in.layout.modes, mode = group.block() % modes;
        const Sequence sequence = in.sequences[group.block() / modes];
        const int channel = group.thread() % Channels, run = group.thread() / Channels;
        const int segments = (sequence.frames + in.segment_frames - 1) / in.segment_frames;
        const int each = (segments + runs - 1) / runs;
        const int begin = run * each < segments ? run * each : segments;
        const int end = begin + each < segments ? begin + each : segments;
        const float* layer =
            in.coefficients + std::int64_t(sequence.setting) * in.layout.size() + in.layout.layer(in.layer);
        const int place = mode * Channels + channel;
        const Complex lambda{1.0 + double(layer[in.layout.mode_values(0) + place]),
                             double(layer[in.layout.mode_values(1) + place])};
        const Complex over_segment = power(lambda, unsigned(in.segment_frames));
        const std::int64_t first = std::int64_t(sequence.first_block) * SegmentBlock<Channels>::segments;

        Complex* shared = reinterpret_cast<Complex*>(group.shared());
        Complex state{0.0, 0.0};
        for (int k = begin; k < end; ++k) {
            const float* ended = in.states + state_place<Channels>(first + k, modes, mode, channel);
            state = multiply_add(over_segment, state, {double(ended[0]), double(ended[Channels])});
        }
        shared[group.thread()] = state;
        group.barrier();
        double* carry = in.carry +
                        (std::int64_t(sequence.carry) * in.layout.layers + in.layer) * modes * 2 * Channels +
                        mode * 2 * Channels + channel;
        if (run == 0) {
            const Complex over_run = power(over_segment, unsigned(each));
            state = {carry[0], carry[Channels]};
            for (int r = 0; r < runs; ++r) {
                const Complex alone = shared[r * Channels + channel];
                shared[r * Channels + channel] = state;
                state = multiply_add(over_run, state, alone);
            }
        }
        group.barrier();
        state = shared[group.thread()];
        for (int k = begin; k < end; ++k) {
            float* at = in.states + state_place<Channels>(first + k, modes, mode, channel);
            const Complex ended{double(at[0]), double(at[Channels])};
            at[0] = float(state.real);
            at[Channels] = float(state.imag);
            const int frames = sequence.frames - k * in.segment_frames;
            state = multiply_add(frames < in.segment_frames ? power(lambda, unsigned(frames)) : over_segment,
                                 state, ended);
        }
        if (end == segments && begin < end) {
            carry[0] = state.real;
            carry[Channels] = state.imag;
        }
    }
};

} // namespace continuo::parallel
