#pragma once

#include "models/format/model.h"

#include <string>
#include <utility>
#include <vector>

namespace continuo::command {

/// Splits NAME=VALUE; the value lies in 0 to 1 and no name comes twice.
/// [main-thread] Allocates. Throws BadInput.
std::vector<std::pair<std::string, float>> parse_knob_arguments(const std::vector<std::string>& arguments);

/// The value of every knob of `model`: its default where no argument names it.
/// [main-thread] Allocates. Throws BadInput where the model has no knob of that name.
std::vector<float> knob_values(const Model& model, const std::vector<std::pair<std::string, float>>& knobs);

/// A knob's value, 0 to 1. `subject` stands in front of the error.
/// [main-thread] Allocates. Throws BadInput.
float parse_knob_value(const std::string& text, const std::string& subject);

} // namespace continuo::command
