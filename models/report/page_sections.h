#pragma once

#include "models/report/report.h"

#include <string>

namespace continuo::report {

/// Parts of the page that are plain HTML, so that they can be read without the script. All text of the user's
/// is escaped in them. [any-thread] They allocate. The input is valid (report_page).

/// Tier, size and rate of the model, and when there is more than one, the number of recordings.
std::string subtitle(const ReportInput& input);

/// The ESR in large, what it means, and bars that set it against the best fixed gain.
std::string headline(const ReportInput& input);

/// A row for each recording and the means of each split; empty where there is but one recording.
std::string recordings_table(const ReportInput& input);

/// Every figure of the recording in detail beside that of the best fixed gain.
std::string figures_table(const ReportInput& input);

/// What the model is and where it comes from.
std::string model_card(const ReportInput& input);

} // namespace continuo::report
