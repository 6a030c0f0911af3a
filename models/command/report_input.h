#pragma once

#include "models/command/comparison.h"
#include "models/format/model.h"
#include "models/report/report.h"
#include "models/training/data_set.h"

#include <string>
#include <utility>
#include <vector>

namespace continuo::command {

/// The knobs of `model` by name, with these values.
/// [any-thread] Allocates.
std::vector<std::pair<std::string, float>> named_knobs(const Model& model, const std::vector<float>& values);

/// A report without recordings: its title and the model.
/// [any-thread] Allocates.
ReportInput empty_report(const Model& model);

/// Moves the audio of a comparison into a report, which then shows recording `detail`.
/// [any-thread]
void show(Comparison comparison, std::size_t detail, ReportInput& report);

/// What the model makes of the held-out audio it was chosen by, or of the training audio where nothing was
/// held out. [main-thread] Allocates.
ReportInput training_report(const Model& model, const DataSet& data);

} // namespace continuo::command
