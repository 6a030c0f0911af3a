#include "models/command/train_data.h"

#include "models/command/captures.h"
#include "models/command/knob_arguments.h"
#include "models/command/output.h"
#include "models/command/progress_bar.h"
#include "models/command/recording_pair.h"
#include "models/common/errors.h"

#include <algorithm>
#include <cmath>

namespace continuo::command {

namespace {

void add(TrainingData& data, RecordingPair pair, Split split, std::vector<float> knobs,
         const std::string& where) {
    if (data.set.recordings.empty())
        data.set.sample_rate = pair.sample_rate;
    if (pair.sample_rate != data.set.sample_rate)
        throw BadInput(where,
                       "its rate is " + number(pair.sample_rate, 9) +
                           " Hz, that of the recordings before it " + number(data.set.sample_rate, 9) + " Hz",
                       "convert them to one rate with sox");
    for (const std::string& note : pair.notes)
        data.notes.push_back(pair.name + ": " + note);
    data.set.recordings.push_back({std::move(pair.name), std::move(pair.hash), std::move(pair.dry),
                                   std::move(pair.wet), std::move(knobs), split});
}

// A single pair shows a knob at one setting, from which nothing can be learned about it, unless the base
// knows it.
TrainingData read_one(const RecordingOptions& options, const std::optional<Model>& base) {
    const auto arguments = parse_knob_arguments(options.knobs);
    if (!base && !arguments.empty())
        throw BadInput("--knob", "one pair shows the knob \"" + arguments[0].first + "\" at one setting only",
                       "leave --knob away, or record several settings and use --captures");
    TrainingData data;
    if (base)
        data.knobs = base->knobs;
    std::vector<float> knobs = base ? knob_values(*base, arguments) : std::vector<float>();
    add(data, read_training_pair(options.dry, options.wet, !options.no_align), Split::unspecified,
        std::move(knobs), options.wet);
    return data;
}

// The recorded value nearest to the middle.
float default_value(const Captures& captures, std::size_t knob) {
    const auto nearest = std::ranges::min_element(
        captures.rows, {}, [&](const Capture& row) { return std::abs(row.knobs[knob] - 0.5f); });
    return nearest->knobs[knob];
}

// For each knob of the data the column of the table that holds it.
std::vector<std::size_t> columns_of(const std::vector<KnobDescription>& knobs, const Captures& captures) {
    std::vector<std::size_t> columns;
    for (const KnobDescription& knob : knobs) {
        const auto found = std::ranges::find(captures.knobs, knob.name);
        if (found == captures.knobs.end())
            throw BadInput(captures.where(1),
                           "there is no column for the knob " + knob.name + " of the model in --from",
                           "add it");
        columns.push_back(std::size_t(found - captures.knobs.begin()));
    }
    if (columns.size() < captures.knobs.size())
        throw BadInput(captures.where(1), "the model in --from has fewer knobs than the table",
                       "remove their columns");
    return columns;
}

TrainingData read_table(const RecordingOptions& options, const std::optional<Model>& base) {
    const Captures captures = read_captures(options.captures);
    TrainingData data;
    if (base) {
        data.knobs = base->knobs;
    } else {
        expect_moving_knobs(captures);
        for (std::size_t knob = 0; knob < captures.knobs.size(); ++knob)
            data.knobs.push_back({captures.knobs[knob], default_value(captures, knob)});
    }
    const auto columns = columns_of(data.knobs, captures);
    ProgressBar bar("Reading");
    for (const Capture& row : captures.rows) {
        if (row.split == Split::test)
            continue; // training may not see it
        std::vector<float> knobs;
        for (const std::size_t column : columns)
            knobs.push_back(row.knobs[column]);
        const std::string where = captures.where(row.line) + ": " + row.wet.filename().string();
        add(data, read_training_pair(row.dry, row.wet, !options.no_align, where), row.split, std::move(knobs),
            where);
        bar.update(double(data.set.recordings.size()) / double(captures.rows.size()), -1.0);
    }
    return data;
}

} // namespace

TrainingData read_training_data(const RecordingOptions& options, const std::optional<Model>& base) {
    TrainingData data = options.captures.empty() ? read_one(options, base) : read_table(options, base);
    for (const KnobDescription& knob : data.knobs)
        data.set.knob_names.push_back(knob.name);
    return data;
}

} // namespace continuo::command
