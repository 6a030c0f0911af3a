#pragma once

#include "models/command/recording_pair.h"
#include "models/format/model.h"
#include "models/metrics/metrics.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace continuo::command {

/// A device's recording and what a model makes of the same input, equally long and lying in time as they
/// should.
struct Comparison {
    std::vector<float> dry, target, output;
    std::ptrdiff_t delay = 0; ///< samples by which the recording was late; taken off
    Metrics metrics;
    std::optional<double> nanoseconds_per_sample; ///< what the model took
};

/// Plays the dry recording through the model, recurrently and in one go, and compares.
///
/// The delay that the recordings show is taken off where that brings recording and model closer; around it,
/// two samples to either side are tried, since a device's filters blur where a delay ends. A pair without
/// delay is compared as it lies. [main-thread] Allocates. Throws BadInput where nothing overlaps.
Comparison compare(const Model& model, RecordingPair pair, const std::vector<float>& knobs);

} // namespace continuo::command
