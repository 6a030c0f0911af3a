#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace continuo::report {

/// Text for HTML, inside an element or a quoted attribute: markup escaped, control characters as spaces, what
/// is not UTF-8 as U+FFFD. [any-thread] Allocates.
std::string escape_html(std::string_view text);

/// Replaces every `{{name}}` of the template by its value, in one pass: values are not searched again.
/// [any-thread] Allocates. Throws std::logic_error for a name without a value.
std::string fill_template(std::string_view page, const std::map<std::string, std::string>& values);

/// `digits` significant digits, with a true minus sign (U+2212). [any-thread] Allocates.
std::string figure(double value, int digits = 3);

/// The same in the unit with a fitting prefix: 0.0012, "s" gives "1.2 ms". No-break spaces stand before
/// units, here and below. [any-thread] Allocates.
std::string in_unit(double value, std::string_view unit, int digits = 3);

/// A ratio of energies in dB, one decimal. [any-thread] Allocates.
std::string energy_decibels(double ratio);

/// A level in dB, one decimal. [any-thread] Allocates.
std::string decibels(double level);

/// "7 s", "2 min 05 s", "1 h 12 min". [any-thread] Allocates.
std::string duration(double seconds);

/// A whole number with thin spaces between thousands. [any-thread] Allocates.
std::string grouped(std::size_t number);

} // namespace continuo::report
