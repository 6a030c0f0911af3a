#pragma once

#include "dsp/stack_parameters.h"

#include <optional>
#include <string_view>

namespace continuo {

/// What a model file and the command line call an activation. [any-thread]
inline std::string_view activation_name(dsp::Activation activation) {
    return activation == dsp::Activation::isru ? "isru" : "tanh";
}

/// Empty where no activation has that name. [any-thread]
inline std::optional<dsp::Activation> activation_from_name(std::string_view name) {
    for (const dsp::Activation activation : {dsp::Activation::tanh, dsp::Activation::isru})
        if (activation_name(activation) == name)
            return activation;
    return std::nullopt;
}

} // namespace continuo
