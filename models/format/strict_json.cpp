#include "models/format/strict_json.h"

#include <set>
#include <stdexcept>
#include <vector>

namespace continuo {

nlohmann::json parse_strict_json(std::string_view text, const std::string& what, int depth_limit) {
    using nlohmann::json;
    std::vector<std::set<std::string>> keys; // of every object that is open
    const auto check = [&](int depth, json::parse_event_t event, json& value) {
        if (depth > depth_limit)
            throw std::invalid_argument(what + " is nested too deeply");
        if (event == json::parse_event_t::object_start)
            keys.emplace_back();
        else if (event == json::parse_event_t::object_end)
            keys.pop_back();
        else if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
            throw std::invalid_argument(what + " holds the key " + in_quotes(value.get<std::string>()) +
                                        " twice");
        return true;
    };
    try {
        return json::parse(text.begin(), text.end(), check);
    } catch (const json::exception&) {
        throw std::invalid_argument(what + " is not valid JSON");
    }
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string result = "\"";
    for (const char c : text.substr(0, longest))
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return result + (text.size() > longest ? "...\"" : "\"");
}

} // namespace continuo
