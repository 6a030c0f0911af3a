#pragma once

#include "models/format/model.h"
#include "models/metrics/metrics.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace continuo {

/// One recording that the model was compared with.
struct ReportRecording {
    std::string name;                                 ///< as the user knows it, a file name
    std::string split;                                ///< train, validation, test; empty: nothing to say
    std::vector<std::pair<std::string, float>> knobs; ///< name and value, 0 to 1
    Metrics metrics;
};

/// A point of the training curve. Values that are not finite are left out of the picture.
struct ReportCurvePoint {
    std::size_t step = 0;
    double seconds = 0.0; ///< since training began
    double training_loss = 0.0;
    double validation_esr = 0.0; ///< NaN where this step was not validated
};

/// What a report is made of.
struct ReportInput {
    std::string title; ///< what was modelled, "Ibanez TS9"
    Model model;
    std::vector<ReportRecording> recordings; ///< at least one
    std::size_t detail = 0;                  ///< index of the recording that the audio below belongs to

    double sample_rate = 0.0;  ///< Hz, of the audio, at least 1000
    std::vector<float> dry;    ///< what went into the device, full scale ±1
    std::vector<float> target; ///< what the device made of it, as many samples
    std::vector<float> output; ///< what the model made of it, as many samples

    std::vector<ReportCurvePoint> curve;                    ///< empty: trained elsewhere
    std::optional<double> nanoseconds_per_sample;           ///< measured cost of the model on one core
    std::optional<std::string> nanoseconds_per_sample_note; ///< how it was measured: blocks, machine
};

/// The index of the recording that tells most: the worst ESR among the test recordings, or among all where
/// there is no test recording. 0 where there is none at all.
/// [any-thread] Allocates nothing.
std::size_t recording_to_show(const std::vector<ReportRecording>& recordings);

/// The whole page: HTML with its style, script, audio and data inside, nothing fetched from anywhere. At most
/// about 10 MB, which limits the excerpt that can be heard. The same input gives the same bytes.
/// [any-thread] Allocates. Throws std::invalid_argument where lengths differ, there is no frame, a sample is
/// not finite, `detail` is out of range, or the rate is.
std::string report_page(const ReportInput& input);

/// Writes report_page() beside `path` and renames; `-` for standard output.
/// \param overwrite  whether an existing file may be replaced
/// [main-thread] Allocates. Throws as report_page() does, BadInput where the target may not be written,
/// JobFailed where the disk refuses.
void write_report(const ReportInput& input, const std::filesystem::path& path, bool overwrite);

} // namespace continuo
