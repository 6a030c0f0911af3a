#pragma once

#include "dsp/instruction_set.h"
#include "dsp/reference_stack.h"
#include "dsp/stack_parameters.h"
#include "dsp/streaming_stack.h"

#include <cstdint>
#include <string>
#include <vector>

namespace continuo::dsp {

/// Uniform numbers that are the same with every standard library.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}

    /// In [low, high).
    double between(double low, double high) {
        state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
        return low + (high - low) * double(state_ >> 11) * 0x1p-53;
    }
    /// Zero mean, spread `deviation`.
    float around_zero(double deviation) { return float(between(-1.732, 1.732) * deviation); }

  private:
    std::uint64_t state_;
};

/// A stack as training makes them: half of the poles real from 1 Hz to 16 kHz, half in pairs from 20 Hz to 18
/// kHz with Q from .2 to 2; one mode of each channel is slower than what float holds.
StackParameters random_stack(const StackShape& shape, double sample_rate, std::uint64_t seed);

/// One layer, one channel, no nonlinearity but tanh in front of the modes, and output = s for one pole.
StackParameters one_pole(double decay, double frequency, float readout_real, float readout_imag,
                         double sample_rate);

/// Noise and a sine, some of it loud.
std::vector<float> test_signal(std::size_t frames, std::uint64_t seed);

std::vector<float> run(StreamingStack& stack, const std::vector<float>& input, std::size_t block);
std::vector<double> run(ReferenceStack& stack, const std::vector<float>& input);

struct Difference {
    double relative; ///< largest difference over the largest value
    double decibels; ///< power of the difference over power of the reference
};
Difference difference(const std::vector<float>& output, const std::vector<double>& reference);

/// "standard on avx2", for messages.
std::string describe(const StackShape& shape, InstructionSet set);

} // namespace continuo::dsp
