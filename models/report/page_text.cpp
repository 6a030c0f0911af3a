#include "models/report/page_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace continuo::report {

namespace {

std::string formatted(const char* format, int digits, double value) {
    std::array<char, 64> digits_of{};
    std::snprintf(digits_of.data(), digits_of.size(), format, digits, std::abs(value));
    std::string text = std::signbit(value) ? "−" : "";
    text.append(digits_of.data());
    return text;
}

} // namespace

std::string escape_html(std::string_view text) {
    using nlohmann::json;
    const std::string valid =
        json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
    std::string escaped;
    for (const char c : valid)
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        case '\'':
            escaped += "&#39;";
            break;
        default:
            escaped += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? ' ' : c;
        }
    return escaped;
}

std::string fill_template(std::string_view page, const std::map<std::string, std::string>& values) {
    std::string filled;
    while (true) {
        const std::size_t begin = page.find("{{");
        filled += page.substr(0, begin);
        if (begin == std::string_view::npos)
            return filled;
        const std::size_t end = page.find("}}", begin);
        const std::string name(page.substr(begin + 2, end - begin - 2));
        const auto value = values.find(name);
        if (end == std::string_view::npos || value == values.end())
            throw std::logic_error("the page asks for a value that there is not: " + name);
        filled += value->second;
        page.remove_prefix(end + 2);
    }
}

std::string figure(double value, int digits) {
    if (value != 0.0 && std::abs(value) < 1e-4)
        return formatted("%.*e", digits - 1, value);
    // Plain digits where %g would change to an exponent.
    const int whole = value == 0.0 ? 1 : static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
    if (value == 0.0)
        return "0";
    return formatted("%.*f", std::max(0, digits - whole), value);
}

std::string in_unit(double value, std::string_view unit, int digits) {
    const double size = std::abs(value);
    const auto figure = [](double scaled, int figures) { // 44.1, not 44.10
        std::string text = report::figure(scaled, figures);
        if (text.find('.') != std::string::npos)
            text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.'))
            text.pop_back();
        return text;
    };
    if (size >= 1e3)
        return figure(value / 1e3, digits) + "\u00a0k" + std::string(unit);
    if (size >= 1.0 || size == 0.0)
        return figure(value, digits) + "\u00a0" + std::string(unit);
    if (size >= 1e-3)
        return figure(value * 1e3, digits) + "\u00a0m" + std::string(unit);
    return figure(value * 1e6, digits) + "\u00a0µ" + std::string(unit);
}

std::string decibels(double level) {
    const double rounded = std::round(level * 10.0) / 10.0;
    return formatted("%.*f", 1, rounded == 0.0 ? 0.0 : rounded) + "\u00a0dB"; // no "−0.0"
}

std::string energy_decibels(double ratio) {
    return ratio > 0.0 ? decibels(10.0 * std::log10(ratio)) : "−∞\u00a0dB";
}

std::string duration(double seconds) {
    const auto whole = static_cast<long long>(std::llround(seconds));
    const auto padded = [](long long value) {
        return std::string(value < 10 ? "0" : "") + std::to_string(value);
    };
    if (seconds < 9.95)
        return formatted("%.*f", 1, seconds) + "\u00a0s";
    if (whole < 60)
        return std::to_string(whole) + "\u00a0s";
    if (whole < 3600)
        return std::to_string(whole / 60) + "\u00a0min\u00a0" + padded(whole % 60) + "\u00a0s";
    return std::to_string(whole / 3600) + "\u00a0h\u00a0" + padded(whole % 3600 / 60) + "\u00a0min";
}

std::string grouped(std::size_t number) {
    std::string digits = std::to_string(number), text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0)
            text += "\u2009";
        text += digits[i];
    }
    return text;
}

} // namespace continuo::report
