#pragma once

#include "models/parallel/kernels/sample_block.h"

namespace continuo::parallel {

/// x = e · input for the sequences of a step, from wherever they lie in the recordings, and the states that
/// they start from: those at rest.
template <int Channels>
struct EncodeSequences {
    static constexpr int threads = samples_per_block;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int shared_floats = 0;

    struct Arguments {
        StackLayout layout;
        const float* coefficients; ///< [setting][layout.size()]
        const double* rest;        ///< [setting][layer][mode][real, imaginary][channel]
        SampleTables tables;
        const float* audio; ///< [time]
        float* x;           ///< written [time][channel]
        double* carry;      ///< written [sequence][layer][mode][real, imaginary][channel]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const OwnSample sample(in.tables, group.block(), group.thread());
        const std::int64_t setting = sample.sequence.setting;
        if (sample.begin == 0) {
            const int size = in.layout.layers * in.layout.modes * 2 * Channels;
            for (int i = group.thread(); i < size; i += threads)
                in.carry[std::int64_t(sample.sequence.carry) * size + i] = in.rest[setting * size + i];
        }
        if (!sample.inside)
            return;
        const float input = in.audio[sample.audio()];
        float x[Channels];
        read_sample<Channels>(in.coefficients + setting * in.layout.size() + in.layout.encoder(), x);
        CONTINUO_UNROLL
        for (int c = 0; c < Channels; ++c)
            x[c] *= input;
        write_sample<Channels>(in.x + sample.place() * Channels, x);
    }
};

/// dL/de = Σ input · dx, over every block's samples from derived_from on.
template <int Channels>
struct EncoderGradient {
    using Sums = SampleSums<Channels>;
    static constexpr int threads = samples_per_block;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int shared_floats = Sums::floats;

    struct Arguments {
        SampleTables tables;
        const float* audio;    ///< [time]
        const float* gradient; ///< dL/dx before the first layer [time][channel], from derived_from on
        float* sums;           ///< written: the encoder's [block][sample_sum_floats]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const OwnSample sample(in.tables, group.block(), group.thread());
        const bool derived = sample.inside && sample.t >= sample.trained.derived_from;
        const float input = derived ? in.audio[sample.audio()] : 0.0f;
        float dx[Channels];
        if (derived)
            read_sample<Channels>(in.gradient + sample.place() * Channels, dx);
        else
            clear<Channels>(dx);
        CONTINUO_UNROLL
        for (int c = 0; c < Channels; ++c)
            Sums::put(group.shared(), c, group.thread(), input * dx[c]);
        group.barrier();
        Sums::sum_strands(group.shared(), group.thread());
        group.barrier();
        if (group.thread() < Channels)
            in.sums[std::int64_t(group.block()) * sample_sum_floats<Channels> + group.thread()] =
                Sums::finish(group.shared(), group.thread());
    }
};

} // namespace continuo::parallel
