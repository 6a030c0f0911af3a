#pragma once

#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// Phase 2 of a layer: from where every segment ends if it begins at zero to where it begins in truth, left
/// to right in double, in an order that depends on the number of segments alone.
///
///     start of segment k + 1 = λ^frames · start of segment k + end of segment k from zero
///
/// A sequence's segments are cut into 128 runs. Each run is folded by itself; then the runs one after the
/// other; then each run again, from the state that it begins with. One block of threads for each sequence,
/// mode and four channels.
template <int Channels>
struct FoldStates {
    static constexpr int own_channels = 4, runs = 128, threads = own_channels * runs;
    static constexpr int blocks_per_multiprocessor = 1;
    static constexpr int shared_floats = threads * int(sizeof(Complex) / sizeof(float));

    struct Arguments {
        StackLayout layout;
        int layer, segment_frames;
        const float* coefficients; ///< [setting][layout.size()]
        const Sequence* sequences;
        float* states; ///< the end from zero on entry, the start on return [segment][mode][2][channel]
        double* carry; ///< the state before the sequence on entry, after it on return
                       ///< [carry][layer][mode][real, imaginary][channel]
        const double* previous = nullptr; ///< where the sequence of carry 0 begins, if not in `carry`
    };

    /// Blocks of threads for so many sequences.
    static std::size_t blocks(std::size_t sequences, const StackLayout& layout) {
        return sequences * std::size_t(layout.modes * Channels / own_channels);
    }

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        constexpr int groups = Channels / own_channels;
        const int modes = in.layout.modes, mode = group.block() / groups % modes;
        const Sequence sequence = in.sequences[group.block() / groups / modes];
        const int own = group.thread() % own_channels, run = group.thread() / own_channels;
        const int channel = group.block() % groups * own_channels + own;
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
        // Read ahead: the sum waits for memory once in sixteen segments.
        float* at = in.states + state_place<Channels>(first, modes, mode, channel);
        const std::int64_t step = std::int64_t(modes) * 2 * Channels;
        for (int k = begin; k < end; k += ahead) {
            Ended ended;
            ended.read(at + k * step, step, end - k);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i)
                if (k + i < end)
                    state = multiply_add(over_segment, state, {double(ended.real[i]), double(ended.imag[i])});
        }
        shared[group.thread()] = state;
        group.barrier();
        double* carry = in.carry +
                        (std::int64_t(sequence.carry) * in.layout.layers + in.layer) * modes * 2 * Channels +
                        mode * 2 * Channels + channel;
        if (run == 0) {
            const Complex over_run = power(over_segment, unsigned(each));
            const double* before =
                sequence.carry == 0 && in.previous != nullptr ? in.previous + (carry - in.carry) : carry;
            state = {before[0], before[Channels]};
            for (int r = 0; r < runs; ++r) {
                const Complex alone = shared[r * own_channels + own];
                shared[r * own_channels + own] = state;
                state = multiply_add(over_run, state, alone);
            }
        }
        group.barrier();
        state = shared[group.thread()];
        for (int k = begin; k < end; k += ahead) {
            Ended ended;
            ended.read(at + k * step, step, end - k);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                if (k + i >= end)
                    break;
                at[(k + i) * step] = float(state.real);
                at[(k + i) * step + Channels] = float(state.imag);
                const int frames = sequence.frames - (k + i) * in.segment_frames;
                state =
                    multiply_add(frames < in.segment_frames ? power(lambda, unsigned(frames)) : over_segment,
                                 state, {double(ended.real[i]), double(ended.imag[i])});
            }
        }
        if (end == segments && begin < end) {
            carry[0] = state.real;
            carry[Channels] = state.imag;
        }
    }

  private:
    static constexpr int ahead = 16;
    struct Ended {
        float real[ahead], imag[ahead];
        CONTINUO_HOST_DEVICE void read(const float* from, std::int64_t step, int count) {
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                real[i] = i < count ? from[i * step] : 0.0f;
                imag[i] = i < count ? from[i * step + Channels] : 0.0f;
            }
        }
    };
};

} // namespace continuo::parallel
