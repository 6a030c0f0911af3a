#pragma once

#include "models/capture/check.h"

#include <filesystem>
#include <string>
#include <vector>

namespace continuo::command {

/// What went into a device and what came out, one channel each, equally long.
struct RecordingPair {
    std::string name; ///< "dry.wav, wet.wav"
    std::string hash; ///< XXH3 of the samples as they were read, dry then wet
    double sample_rate = 0.0;
    std::vector<float> dry, wet;
    std::ptrdiff_t delay =
        0; ///< samples by which the wet recording is late, where that is more than a model learns
    std::vector<std::string> notes; ///< what the user should know, one line each

    double seconds() const { return double(dry.size()) / sample_rate; }
};

/// Reads a pair to train on: refuses what check refuses, and takes the delay off unless `align` is false.
/// \param where  stands in front of errors that concern the pair; empty: the wet file
/// [main-thread] Allocates. Throws BadInput.
RecordingPair read_training_pair(const std::filesystem::path& dry, const std::filesystem::path& wet,
                                 bool align, const std::string& where = "");

/// Reads a pair to compare a model with. The samples stay where they are: the delay is only measured (0 where
/// `align` is false or the recordings do not tell). [main-thread] Allocates. Throws BadInput where the rates
/// differ, nothing overlaps or the wet recording is silent.
RecordingPair read_comparison_pair(const std::filesystem::path& dry, const std::filesystem::path& wet,
                                   bool align);

} // namespace continuo::command
