#include "models/command/report_input.h"

#include "models/render/render.h"

#include <span>

namespace continuo::command {

namespace {

// Plays the recording from its start, so that the part begins in the state the device was in.
Comparison compare_part(const Model& model, const ResolvedRecording& part, double sample_rate) {
    const Recording& source = *part.source;
    const std::span<const float> input = std::span(source.dry).first(part.end);
    std::vector<float> output(input.size());
    render_channel(model, input, output, sample_rate, {source.knobs, 1024, {}});
    const auto cut = [&](std::span<const float> samples) {
        const auto range = samples.subspan(part.begin, part.end - part.begin);
        return std::vector<float>(range.begin(), range.end());
    };
    Comparison comparison{cut(source.dry), cut(source.wet), cut(output), 0, {}, {}};
    comparison.metrics = evaluate_metrics(comparison.dry, comparison.target, comparison.output, sample_rate);
    return comparison;
}

} // namespace

std::vector<std::pair<std::string, float>> named_knobs(const Model& model, const std::vector<float>& values) {
    std::vector<std::pair<std::string, float>> knobs;
    for (std::size_t knob = 0; knob < model.knobs.size(); ++knob)
        knobs.emplace_back(model.knobs[knob].name, values[knob]);
    return knobs;
}

ReportInput empty_report(const Model& model) {
    ReportInput report;
    report.title = !model.device.empty() ? model.device : !model.name.empty() ? model.name : "Model";
    report.model = model;
    return report;
}

void show(Comparison comparison, std::size_t detail, ReportInput& report) {
    report.detail = detail;
    report.sample_rate = comparison.metrics.sample_rate;
    report.dry = std::move(comparison.dry);
    report.target = std::move(comparison.target);
    report.output = std::move(comparison.output);
    report.nanoseconds_per_sample = comparison.nanoseconds_per_sample;
    if (comparison.nanoseconds_per_sample)
        report.nanoseconds_per_sample_note =
            "one core of the machine that wrote this page, blocks of 1024 samples";
}

ReportInput training_report(const Model& model, const DataSet& data) {
    const ResolvedDataSet parts = resolve_splits(data);
    const bool held_out = !parts.validation.empty();
    ReportInput report = empty_report(model);
    for (const ResolvedRecording& part : held_out ? parts.validation : parts.training) {
        const Comparison comparison = compare_part(model, part, data.sample_rate);
        report.recordings.push_back({part.source->name, held_out ? "validation" : "train",
                                     named_knobs(model, part.source->knobs), comparison.metrics});
    }
    const std::size_t detail = recording_to_show(report.recordings);
    show(compare_part(model, (held_out ? parts.validation : parts.training)[detail], data.sample_rate),
         detail, report);
    return report;
}

} // namespace continuo::command
