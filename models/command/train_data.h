#pragma once

#include "models/format/model.h"
#include "models/training/data_set.h"

#include <optional>
#include <string>
#include <vector>

namespace continuo::command {

/// Where the recordings come from: one pair, or a table of them.
struct RecordingOptions {
    std::string dry, wet, captures;
    std::vector<std::string> knobs; ///< NAME=VALUE, for one pair
    bool no_align = false;
};

struct TrainingData {
    DataSet set;
    std::vector<KnobDescription> knobs;
    std::vector<std::string> notes; ///< what the user should know about the recordings, one line each
};

/// Reads and aligns every recording to train on, with its part in it and its knobs. Refuses what check
/// refuses. \param base  the model to start from: its knobs are those of the data then [main-thread]
/// Allocates. Throws BadInput, with the line of the table where one is at fault.
TrainingData read_training_data(const RecordingOptions& options, const std::optional<Model>& base);

} // namespace continuo::command
