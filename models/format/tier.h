#pragma once

#include "dsp/stack_parameters.h"

#include <array>
#include <optional>
#include <string_view>

namespace continuo {

/// A named size of the stack.
struct Tier {
    std::string_view name;
    std::size_t layers, channels, modes;

    dsp::StackShape shape(std::size_t knobs) const { return {layers, channels, modes, knobs}; }
};

/// From the cheapest to the most exact. Their cost and what they reach: docs/model.md.
inline constexpr std::array<Tier, 4> tiers = {
    {{"nano", 2, 8, 4}, {"standard", 4, 8, 8}, {"high", 8, 8, 8}, {"ultra", 8, 16, 8}}};

/// Empty where no tier has that name.
/// [any-thread]
inline std::optional<Tier> tier_from_name(std::string_view name) {
    for (const Tier& tier : tiers)
        if (tier.name == name)
            return tier;
    return std::nullopt;
}

} // namespace continuo
