// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/levels.h"

#include <cmath>

namespace continuo::plugin {

namespace {

float factor(double decibels) noexcept {
    return float(std::pow(10.0, decibels / 20.0));
}

} // namespace

LevelGains gains_of(const RecordedLevels& recorded, const LevelSettings& settings) noexcept {
    LevelGains gains;
    switch (settings.levels) {
    case Levels::raw:
        break;
    case Levels::normalised:
        if (recorded.loudness_lufs)
            gains.output = factor(normal_loudness_lufs - *recorded.loudness_lufs);
        break;
    case Levels::calibrated:
        if (recorded.input_dbu)
            gains.input = factor(settings.full_scale_dbu - *recorded.input_dbu);
        if (recorded.output_dbu)
            gains.output = factor(*recorded.output_dbu - settings.full_scale_dbu);
        break;
    }
    return gains;
}

} // namespace continuo::plugin
