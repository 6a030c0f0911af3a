#pragma once

#include "dsp/oversampling/oversampler.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace continuo::dsp {

/// How much is spent against aliasing: the rate that a model runs at.
enum class Quality { eco, normal, high, offline };

/// What a quality means.
struct QualityDescription {
    Quality quality;
    std::string_view name;
    std::size_t factor; ///< of the host's rate
    OversamplingKind kind;
};

/// In the order of the enumeration.
inline constexpr std::array<QualityDescription, 4> qualities = {
    {{Quality::eco, "eco", 1, OversamplingKind::minimum_phase},
     {Quality::normal, "normal", 2, OversamplingKind::minimum_phase},
     {Quality::high, "high", 4, OversamplingKind::minimum_phase},
     {Quality::offline, "offline", 8, OversamplingKind::linear_phase}}};

/// [any-thread] Allocates nothing.
constexpr const QualityDescription& describe(Quality quality) {
    return qualities[std::size_t(quality)];
}

/// "eco", "normal", "high", "offline".
/// [any-thread] Allocates nothing.
constexpr std::string_view name(Quality quality) {
    return describe(quality).name;
}

/// The reverse of name(); empty where there is no such quality.
/// [any-thread] Allocates nothing.
constexpr std::optional<Quality> quality_from_name(std::string_view name) {
    for (const QualityDescription& description : qualities)
        if (description.name == name)
            return description.quality;
    return std::nullopt;
}

/// The highest rate that a model is taken to. More than this removes no alias that could be heard, and a
/// model runs at up to 1 MHz.
inline constexpr double highest_oversampled_rate = 800e3; // Hz

/// The factor at a host's rate: that of the quality, halved as often as it takes to stay within
/// highest_oversampled_rate. Up to 100 kHz nothing is halved; offline at 192 kHz is 4.
/// [any-thread] Allocates nothing.
/// \param sample_rate  of the host, Hz
constexpr std::size_t oversampling_factor(Quality quality, double sample_rate) {
    std::size_t factor = describe(quality).factor;
    while (factor > 1 && double(factor) * sample_rate > highest_oversampled_rate)
        factor /= 2;
    return factor;
}

} // namespace continuo::dsp
