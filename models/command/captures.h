#pragma once

#include "models/training/data_set.h"

#include <filesystem>
#include <string>
#include <vector>

namespace continuo::command {

/// One row of a table of recordings.
struct Capture {
    std::size_t line = 0; ///< in the file, from 1
    std::filesystem::path dry, wet;
    Split split = Split::unspecified;
    std::vector<float> knobs; ///< as Captures::knobs
};

/// A table of recordings: a CSV file with the header `dry,wet,split` and a column for each knob.
struct Captures {
    std::filesystem::path path;
    std::vector<std::string> knobs;
    std::vector<Capture> rows;

    /// "FILE:LINE", to stand in front of an error.
    std::string where(std::size_t line) const { return path.string() + ":" + std::to_string(line); }
};

/// "train", "validation", "test", "unspecified".
/// [any-thread]
const char* split_name(Split split);

/// Reads a table as RFC 4180 has it (quotes, commas and line ends in quotes, CRLF or LF, a byte order mark).
/// Paths are relative to the table. The recordings must exist; they are not opened. [main-thread] Allocates.
/// Throws BadInput with file and line.
Captures read_captures(const std::filesystem::path& path);

/// Refuses knobs that training cannot learn, because every row that trains has them at one value.
/// [main-thread] Throws BadInput.
void expect_moving_knobs(const Captures& captures);

} // namespace continuo::command
