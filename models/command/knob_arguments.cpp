#include "models/command/knob_arguments.h"

#include "models/common/errors.h"

#include <algorithm>
#include <charconv>

namespace continuo::command {

float parse_knob_value(const std::string& text, const std::string& subject) {
    float value = 0.0f;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0.0f && value <= 1.0f))
        throw BadInput(subject, "\"" + text + "\" is not a knob value", "give a number from 0 to 1");
    return value;
}

std::vector<std::pair<std::string, float>> parse_knob_arguments(const std::vector<std::string>& arguments) {
    std::vector<std::pair<std::string, float>> knobs;
    for (const std::string& argument : arguments) {
        const std::size_t equals = argument.rfind('=');
        if (equals == std::string::npos || equals == 0)
            throw BadInput("--knob", "\"" + argument + "\" is not NAME=VALUE",
                           "write for example --knob gain=0.5");
        const std::string name = argument.substr(0, equals);
        if (std::ranges::any_of(knobs, [&](const auto& knob) { return knob.first == name; }))
            throw BadInput("--knob", "the knob \"" + name + "\" is given twice", "give it once");
        knobs.emplace_back(name, parse_knob_value(argument.substr(equals + 1), "--knob " + name));
    }
    return knobs;
}

std::vector<float> knob_values(const Model& model, const std::vector<std::pair<std::string, float>>& knobs) {
    std::vector<float> values;
    std::string names;
    for (const KnobDescription& knob : model.knobs) {
        values.push_back(knob.default_value);
        names += (names.empty() ? "" : ", ") + knob.name;
    }
    for (const auto& [name, value] : knobs) {
        const auto found = std::ranges::find(model.knobs, name, &KnobDescription::name);
        if (found == model.knobs.end())
            throw BadInput("--knob", "the model has no knob \"" + name + "\"",
                           names.empty() ? "leave the option away, it has none" : "its knobs are " + names);
        values[std::size_t(found - model.knobs.begin())] = value;
    }
    return values;
}

} // namespace continuo::command
