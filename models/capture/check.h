#pragma once

#include "models/audio/audio_file.h"
#include "models/capture/alignment.h"

#include <span>
#include <string>
#include <vector>

namespace continuo {

enum class Severity {
    ok,    ///< as it should be
    note,  ///< a model can be trained; the user should know
    refuse ///< a model trained on this would be wrong
};

/// One thing that a check looked at.
struct Finding {
    Severity severity = Severity::ok;
    std::string subject; ///< "rate", "length", "level", "clipping", "pair", "delay", "polarity", "drift",
                         ///< "dropout", "offset", "noise", "channels"
    std::string text;    ///< what is the case, one line
    std::string remedy;  ///< what to do, one line; empty where there is nothing to do

    /// `text; remedy`, or the text alone.
    std::string line() const;
};

/// What was measured, for a machine to read. Levels in dB relative to full scale; −200 for silence.
struct CheckFigures {
    double sample_rate = 0.0, dry_seconds = 0.0, wet_seconds = 0.0, used_seconds = 0.0;
    double dry_peak_db = -200.0, wet_peak_db = -200.0;
    double dry_rms_db = -200.0, wet_rms_db = -200.0;
    double wet_noise_db = -200.0; ///< rms of the wet recording where the dry one is silent
    bool noise_measured = false;
};

struct CheckResult {
    std::vector<Finding> findings; ///< every subject that was looked at, in a fixed order
    Alignment alignment;
    CheckFigures figures;

    /// Whether a model can be trained on this pair. [any-thread]
    bool usable() const;
    /// The first finding that refuses, or nullptr. [any-thread]
    const Finding* refusal() const;
};

/// Can this pair train a model? Rates, lengths, level, clipping, delay, polarity, drift, dropouts, offset,
/// noise. A heavily distorted wet recording passes: flat tops count as clipping only at full scale.
/// \param dry, wet  one channel each, finite
/// [main-thread] Allocates. Never throws on account of the audio: what is wrong is a finding.
CheckResult check_pair(std::span<const float> dry, double dry_rate, std::span<const float> wet,
                       double wet_rate);

/// The same for files as they were read: refuses more than one channel unless all are equal.
CheckResult check_pair(const Audio& dry, const Audio& wet);

} // namespace continuo
