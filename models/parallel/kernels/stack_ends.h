#pragma once

#include "models/parallel/portable.h"

#include <cstdint>

namespace continuo::parallel {

/// All channels of a sample from memory, and into it, four at a time.
template <int Channels>
CONTINUO_HOST_DEVICE void read_sample(const float* from, float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; c += 4) {
        const Float4 four = *reinterpret_cast<const Float4*>(from + c);
        CONTINUO_UNROLL
        for (int i = 0; i < 4; ++i)
            x[c + i] = four.value[i];
    }
}

template <int Channels>
CONTINUO_HOST_DEVICE void write_sample(float* to, const float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; c += 4) {
        Float4 four;
        CONTINUO_UNROLL
        for (int i = 0; i < 4; ++i)
            four.value[i] = x[c + i];
        *reinterpret_cast<Float4*>(to + c) = four;
    }
}

template <int Channels>
CONTINUO_HOST_DEVICE void clear(float (&x)[Channels]) {
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; ++c)
        x[c] = 0.0f;
}

/// What a stack hears for an input sample, as dsp::guarded_input() has it: NaN and infinities count as
/// silence, and anything beyond ±1000 is clamped.
CONTINUO_HOST_DEVICE float guarded(float sample) {
    const float limited = sample > 1000.0f ? 1000.0f : sample < -1000.0f ? -1000.0f : sample;
    return sample - sample == 0.0f ? limited : 0.0f;
}

/// How samples become channels, and channels samples again, where a layer is the first or the last of a
/// stack.
struct StackEnds {
    const float* input = nullptr; ///< first layer: audio [time] in place of x; else null
    float* output = nullptr;      ///< last layer: audio [time] in place of x; else null
    const float* encoder = nullptr;
    const float* decoder = nullptr;
    float input_scale = 1.0f, output_scale = 1.0f, decoder_bias = 0.0f;
};

/// x before a layer: e · (scale · guarded input) in the first one. \param place  of the sample in the signals
template <int Channels>
CONTINUO_HOST_DEVICE void read_channels(const StackEnds& ends, const float* signal, std::int64_t place,
                                        float (&x)[Channels]) {
    if (ends.input == nullptr) {
        read_sample<Channels>(signal + place * Channels, x);
        return;
    }
    const float sample = ends.input_scale * guarded(ends.input[place]);
    read_sample<Channels>(ends.encoder, x);
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; ++c)
        x[c] *= sample;
}

/// x after a layer: output = scale · (d · x + d0) in the last one.
template <int Channels>
CONTINUO_HOST_DEVICE void write_channels(const StackEnds& ends, float* signal, std::int64_t place,
                                         const float (&x)[Channels]) {
    if (ends.output == nullptr) {
        write_sample<Channels>(signal + place * Channels, x);
        return;
    }
    float decoder[Channels];
    read_sample<Channels>(ends.decoder, decoder);
    float sum = ends.decoder_bias;
    CONTINUO_UNROLL
    for (int c = 0; c < Channels; ++c)
        sum = fused(decoder[c], x[c], sum);
    ends.output[place] = ends.output_scale * sum;
}

} // namespace continuo::parallel
