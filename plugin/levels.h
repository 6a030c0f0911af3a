// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace continuo::plugin {

/// How the plug-in's audio relates to the levels that a model was recorded with.
enum class Levels {
    raw,        ///< full scale is full scale
    normalised, ///< every model equally loud, by the loudness that its file states
    calibrated  ///< the volts are right, where the model's file states those of its full scale
};

struct LevelSettings {
    Levels levels = Levels::raw;
    float full_scale_dbu = 12.0f; ///< of the user's interface, both ways; for Levels::calibrated

    friend bool operator==(const LevelSettings&, const LevelSettings&) = default;
};

/// What a model's file says of its levels (continuo::Model has the definitions).
struct RecordedLevels {
    std::optional<double> loudness_lufs, input_dbu, output_dbu;
};

/// Factors before and after a model.
struct LevelGains {
    float input = 1.0f, output = 1.0f;
};

/// What Levels::normalised brings every model to, for the reference input that its loudness was measured
/// with.
inline constexpr double normal_loudness_lufs = -18.0;

/// A gain is 1 where the model's file does not say what it follows from. [any-thread] Allocates nothing.
LevelGains gains_of(const RecordedLevels& recorded, const LevelSettings& settings) noexcept;

} // namespace continuo::plugin
