#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace continuo {

/// XXH3-128 of the samples as little-endian 32-bit floats: 32 hexadecimal digits. The same audio gives the
/// same hash in whatever lossless file it is kept. [any-thread] Allocates the result. Source:
/// https://github.com/Cyan4973/xxHash (canonical representation).
std::string content_hash(std::span<const float> samples);

/// The same of bytes.
std::string content_hash(std::span<const std::byte> bytes);

} // namespace continuo
