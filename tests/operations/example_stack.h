#pragma once

#include "dsp/stack_parameters.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace continuo::operations {

/// A stack as training leaves them: half of the modes complex (20 Hz to 18 kHz, Q 0.2 to 1), half of them
/// real (0.3 Hz to 16 kHz), weights of a size that bends every tanh.
dsp::StackParameters example_stack(const dsp::StackShape& shape, std::uint32_t seed);

/// Decaying bursts of noise at changing levels, about full scale, with a silence in between.
std::vector<float> example_signal(std::size_t frames, std::uint32_t seed);

/// White noise, standard deviation 1.
std::vector<float> example_noise(std::size_t frames, std::uint32_t seed);

std::vector<float> example_knobs(std::size_t knobs);

} // namespace continuo::operations
