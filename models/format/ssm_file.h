#pragma once

#include "models/format/model.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace continuo {

/// A longer file is refused before any of it is read. The largest model of format 1 takes 7 MiB.
inline constexpr std::size_t model_file_limit = std::size_t{64} << 20;

/// The major format version this program writes and reads. Newer minor versions open, other majors do not.
inline constexpr unsigned model_format_major = 1;

/// Reads a model file (.ssm: safetensors with a description in `__metadata__`; docs/file-format.md).
/// Loading is strict: the file is either whole and valid or refused.
/// [main-thread] Allocates. Throws BadInput with the reason in one line.
Model read_model(const std::filesystem::path& path);

/// The same from memory. `name` stands for the file in error messages.
/// [any-thread] Allocates. Throws BadInput.
Model parse_model(std::span<const std::byte> bytes, const std::string& name);

/// The bytes of a model file. Equal models give equal bytes, and parse_model gives back an equal model (text
/// that is not UTF-8 is replaced by U+FFFD). [any-thread] Allocates. Throws BadInput where parse_model would
/// refuse the result.
std::vector<std::byte> serialise_model(const Model& model);

/// Writes beside `path` and renames, so that no half-written model is ever seen. Replaces an existing file.
/// [main-thread] Allocates. Throws BadInput as serialise_model does, JobFailed where the file cannot be
/// written.
void write_model(const Model& model, const std::filesystem::path& path);

} // namespace continuo
