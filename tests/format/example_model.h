#pragma once

#include "models/format/model.h"

#include <cstdint>

namespace continuo::tests {

/// A valid model with every field set and random values: 2 layers × 4 channels × 3 modes, `knobs` knobs, 48
/// kHz.
Model example_model(std::size_t knobs = 2, std::uint64_t seed = 1);

/// The same of family gain: 3 levels, 2 channels, 4 hidden units, 2 modes.
Model example_gain_model(std::size_t knobs = 2, std::uint64_t seed = 1);

/// The same of family selective: 3 levels, 2 channels, 3 states, 4 hidden units, 2 modes.
Model example_selective_model(std::size_t knobs = 2, std::uint64_t seed = 1);

} // namespace continuo::tests
