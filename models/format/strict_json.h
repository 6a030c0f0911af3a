#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace continuo {

/// Parses JSON from an untrusted file: no duplicate keys, no nesting beyond `depth_limit`, nothing after the
/// value. [any-thread] Allocates. Throws std::invalid_argument in one line that begins with `what`.
nlohmann::json parse_strict_json(std::string_view text, const std::string& what, int depth_limit);

/// Text of an untrusted file for an error message: in quotes, cut to 60 bytes, control characters as '?'.
/// [any-thread] Allocates.
std::string in_quotes(std::string_view text);

} // namespace continuo
