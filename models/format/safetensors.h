#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace continuo {

/// A tensor inside a safetensors file. The bytes belong to whoever holds the file.
struct TensorView {
    std::string dtype; ///< "F32", ...
    std::vector<std::uint64_t> shape;
    std::span<const std::byte> bytes; ///< row-major, little-endian
};

/// A safetensors file: 8-byte little-endian header length, JSON header, raw tensors without gaps.
/// Source: https://huggingface.co/docs/safetensors (format).
struct Safetensors {
    std::map<std::string, std::string> metadata;
    std::map<std::string, TensorView> tensors;
};

/// Longer headers are refused before they are parsed.
inline constexpr std::size_t safetensors_header_limit = std::size_t{1} << 20;

/// Views into `bytes`; checks header, types, shapes, and that the tensors cover the data without gap or
/// overlap. [any-thread] Allocates in proportion to the header. Throws std::invalid_argument in one line.
Safetensors parse_safetensors(std::span<const std::byte> bytes);

/// The tensors follow each other in the order of their names; the data begins at a multiple of 8 bytes.
/// [any-thread] Allocates. Throws std::invalid_argument where the header would pass the limit.
std::vector<std::byte> serialise_safetensors(const Safetensors& file);

} // namespace continuo
