#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace continuo::report {

/// Base 64 with padding and without line breaks. [any-thread] Allocates the result. Source: RFC 4648,
/// section 4.
std::string base64(std::span<const std::byte> bytes);

/// The same of values as they lie in memory (little-endian on every machine that Continuo runs on).
template <typename Value>
std::string base64_of(const std::vector<Value>& values) {
    return base64(std::as_bytes(std::span(values)));
}

} // namespace continuo::report
