#pragma once

#include "models/parallel/kernels/segment_block.h"

namespace continuo::parallel {

/// What a stack hears for an input sample, as dsp::guarded_input() has it: NaN and infinities count as
/// silence, and anything beyond ±1000 is clamped.
CONTINUO_HOST_DEVICE float guarded(float sample) {
    const float limited = sample > 1000.0f ? 1000.0f : sample < -1000.0f ? -1000.0f : sample;
    return sample - sample == 0.0f ? limited : 0.0f;
}

/// x = e · (scale · guarded input), one thread a sample.
template <int Channels>
struct Encode {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 8;
    static constexpr int shared_floats = 0;

    struct Arguments {
        std::int64_t frames;
        const float* encoder; ///< [channel]
        float scale;
        const float* input; ///< [time]
        float* x;           ///< [time][channel]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const std::int64_t t = std::int64_t(group.block()) * threads + group.thread();
        if (t >= in.frames)
            return;
        const float sample = in.scale * guarded(in.input[t]);
        float x[Channels];
        CONTINUO_UNROLL
        for (int c = 0; c < Channels; ++c)
            x[c] = in.encoder[c] * sample;
        write_sample<Channels>(in.x + t * Channels, x);
    }
};

/// output = scale · (d · x + d0), one thread a sample.
template <int Channels>
struct Decode {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 8;
    static constexpr int shared_floats = 0;

    struct Arguments {
        std::int64_t frames;
        const float* decoder; ///< [channel]
        float bias, scale;
        const float* x; ///< [time][channel]
        float* output;  ///< [time]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const std::int64_t t = std::int64_t(group.block()) * threads + group.thread();
        if (t >= in.frames)
            return;
        float x[Channels];
        read_sample<Channels>(in.x + t * Channels, x);
        float sum = in.bias;
        CONTINUO_UNROLL
        for (int c = 0; c < Channels; ++c)
            sum = fused(in.decoder[c], x[c], sum);
        in.output[t] = in.scale * sum;
    }
};

} // namespace continuo::parallel
