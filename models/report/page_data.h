#pragma once

#include "models/report/report.h"

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

namespace continuo::report {

/// What the page's script draws and plays, and the sentences that sum its pictures up.
struct PageData {
    nlohmann::json values; ///< read by page.js, which says what each is
    std::string excerpt_note, waveform_note, spectrum_note, poles_note; ///< plain text
};

/// The audio of the excerpt takes at most `audio_limit` bytes of the page: a longer one is shortened.
/// [any-thread] Allocates. The input is valid (report_page).
PageData make_page_data(const ReportInput& input, std::size_t audio_limit);

/// JSON that can stand inside a script element. [any-thread] Allocates.
std::string script_safe(const nlohmann::json& values);

} // namespace continuo::report
