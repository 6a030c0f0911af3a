#pragma once

#include "models/format/model.h"
#include "models/training/data_set.h"

#include <cstddef>
#include <vector>

namespace continuo::command {

/// A model that was trained on more recordings than this names one for each setting of its knobs: every
/// project keeps its models' files, and hundreds of names would be most of them.
inline constexpr std::size_t most_recording_records = 64;

/// What a model's file says of the recordings it was trained on: their names, hashes and lengths. Above
/// most_recording_records, those of one setting of the knobs are one entry: the first one's name and how many
/// more there are, the hash of their hashes in order, and how long they are together. [main-thread]
/// Allocates.
std::vector<RecordingRecord> recording_records(const DataSet& data);

} // namespace continuo::command
