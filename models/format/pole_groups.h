#pragma once

#include "models/format/model.h"

#include <string>
#include <vector>

namespace continuo {

/// The poles of a group and the weight of each.
struct PoleGroup {
    std::string name;             ///< what people are told: "Layer 1", "Smoothers, falling"
    std::vector<float> decay;     ///< 1/s, > 0
    std::vector<float> frequency; ///< rad/s, >= 0
    std::vector<float> weight;    ///< magnitude of the read-out
};

/// The poles of a model, for people to look at. Of a stack: a group for each layer. Of a gain model: the
/// level detectors and the smoothers (whose speed the signal changes), each while rising and while falling,
/// and the colouring. Of a selective model: the level detectors, the states of each channel (at the speed 1),
/// and the colouring. [any-thread] Allocates.
std::vector<PoleGroup> pole_groups(const Model& model);

} // namespace continuo
