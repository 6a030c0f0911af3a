#pragma once

// Gain models and signals for the tests.
#include "dsp/gain/gain_parameters.h"
#include "dsp/gain/streaming_gain.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// A valid model with values as lively as learned ones.
GainParameters random_gain(const GainShape& shape, double sample_rate, unsigned seed);

/// A compressor: 4 to 1 above −20 dB full scale rms, 10 ms of attack, 200 ms of release, without colouring.
GainParameters plain_compressor(double sample_rate);

/// A compressor with a hard knee that holds the reduction in dB, lets it go in 0.5 s, and smooths it over 20
/// ms: trained at 48 kHz. \param peak  1: of peaks, 0: of power
GainParameters peak_holder(float peak);

/// Noise whose level jumps every 50 ms.
std::vector<float> bursts(std::size_t frames, double sample_rate, unsigned seed);

/// `input` played in blocks of `block` samples.
template <typename Shape>
std::vector<float> run(GainStream<Shape>& gain, const std::vector<float>& input, std::size_t block) {
    std::vector<float> output(input.size());
    for (std::size_t begin = 0; begin < input.size(); begin += block)
        gain.process(input.data() + begin, output.data() + begin, std::min(block, input.size() - begin));
    return output;
}

} // namespace continuo::dsp
