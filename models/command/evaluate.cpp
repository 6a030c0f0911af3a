// continuo evaluate: how close a model comes to recordings of its device.
#include "models/command/captures.h"
#include "models/command/commands.h"
#include "models/command/comparison.h"
#include "models/command/knob_arguments.h"
#include "models/command/output.h"
#include "models/command/progress_bar.h"
#include "models/command/report_input.h"
#include "models/common/errors.h"
#include "models/format/ssm_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>

namespace continuo::command {

namespace {

using nlohmann::ordered_json;

struct Options {
    std::string model, dry, wet, captures, report;
    std::vector<std::string> knobs;
    bool no_align = false;
    OutputOptions output;
};

struct Figure {
    const char *key, *label;
    double Metrics::*value;
};

constexpr std::array<Figure, 6> figures = {
    {{"esr", "ESR", &Metrics::esr},
     {"esr_pre_emphasis", "ESR, pre-emphasised", &Metrics::esr_pre_emphasis},
     {"esr_fixed_gain", "ESR of the best fixed gain", &Metrics::esr_fixed_gain},
     {"mae", "mean absolute error", &Metrics::mae},
     {"mr_stft", "multi-resolution STFT", &Metrics::mr_stft},
     {"loudness_difference_lu", "loudness difference, LU", &Metrics::loudness_difference_lu}}};

ordered_json to_json(const Metrics& metrics) {
    ordered_json result;
    for (const Figure& figure : figures)
        result[figure.key] = metrics.*figure.value;
    result["frames"] = metrics.frames;
    result["sample_rate"] = metrics.sample_rate;
    return result;
}

// The mean of each figure over rows, and the sum of their frames.
ordered_json mean_of(const std::vector<Metrics>& rows) {
    Metrics mean;
    for (const Metrics& row : rows) {
        for (const Figure& figure : figures)
            mean.*figure.value += row.*figure.value / double(rows.size());
        mean.frames += row.frames;
        mean.sample_rate = row.sample_rate;
    }
    ordered_json result = to_json(mean);
    result["rows"] = rows.size();
    return result;
}

void run_pair(const Options& options) {
    const Model model = read_model(options.model);
    const std::vector<float> knobs = knob_values(model, parse_knob_arguments(options.knobs));
    const Comparison comparison =
        compare(model, read_comparison_pair(options.dry, options.wet, !options.no_align), knobs);
    ordered_json result = to_json(comparison.metrics);
    result["delay_samples"] = comparison.delay;
    if (!options.report.empty()) {
        ReportInput report = empty_report(model);
        const std::string name = std::filesystem::path(options.wet).filename().string();
        report.recordings.push_back({name, "", named_knobs(model, knobs), comparison.metrics});
        show(comparison, 0, report);
        write_report(report, options.report, options.output.overwrite);
    }
    write_json(result, options.output);
    if (!options.output.text())
        return;
    for (const Figure& figure : figures)
        std::printf("%-27s %s\n", figure.label, number(comparison.metrics.*figure.value).c_str());
    std::printf("%-27s %zu at %s Hz\n", "frames", comparison.metrics.frames,
                number(comparison.metrics.sample_rate, 9).c_str());
    if (comparison.delay != 0)
        std::printf("%-27s %td samples, taken off\n", "delay of the recording", comparison.delay);
}

// The values of the model's knobs in a row of the table.
std::vector<float> row_knobs(const Model& model, const Captures& captures, const Capture& row) {
    std::vector<std::pair<std::string, float>> named;
    for (std::size_t knob = 0; knob < captures.knobs.size(); ++knob)
        named.emplace_back(captures.knobs[knob], row.knobs[knob]);
    std::vector<float> values;
    try {
        values = knob_values(model, named);
    } catch (const BadInput& error) {
        throw BadInput(captures.where(1) + ": " + error.what());
    }
    // One that the table leaves out stood somewhere when the recording was made: nobody can tell where.
    for (const KnobDescription& knob : model.knobs)
        if (std::ranges::find(captures.knobs, knob.name) == captures.knobs.end())
            throw BadInput(captures.where(1), "the model's knob \"" + knob.name + "\" has no column",
                           "add one with the knob's values");
    return values;
}

void run_captures(const Options& options) {
    const Model model = read_model(options.model);
    const Captures captures = read_captures(options.captures);
    ordered_json rows = nlohmann::json::array();
    std::map<std::string, std::vector<Metrics>> by_split;
    std::vector<Metrics> all;
    ReportInput report = empty_report(model);
    const auto compare_row = [&](const Capture& row) {
        return compare(model, read_comparison_pair(row.dry, row.wet, !options.no_align),
                       row_knobs(model, captures, row));
    };
    ProgressBar bar("Evaluating");
    for (const Capture& row : captures.rows) {
        const Comparison comparison = compare_row(row);
        ordered_json entry = {
            {"dry", row.dry.string()}, {"wet", row.wet.string()}, {"split", split_name(row.split)}};
        for (std::size_t knob = 0; knob < captures.knobs.size(); ++knob)
            entry["knobs"][captures.knobs[knob]] = shortest(row.knobs[knob]);
        entry.update(to_json(comparison.metrics));
        entry["delay_samples"] = comparison.delay;
        rows.push_back(entry);
        all.push_back(comparison.metrics);
        by_split[split_name(row.split)].push_back(comparison.metrics);
        report.recordings.push_back(
            {row.wet.filename().string(), row.split == Split::unspecified ? "" : split_name(row.split),
             named_knobs(model, row_knobs(model, captures, row)), comparison.metrics});
        bar.update(double(all.size()) / double(captures.rows.size()), -1.0);
    }
    if (!options.report.empty()) {
        const std::size_t detail = recording_to_show(report.recordings);
        show(compare_row(captures.rows[detail]), detail, report);
        write_report(report, options.report, options.output.overwrite);
    }
    ordered_json means;
    for (const auto& [split, metrics] : by_split)
        means[split] = mean_of(metrics);
    means["all"] = mean_of(all);
    write_json({{"rows", rows}, {"mean", means}}, options.output);
    if (!options.output.text())
        return;
    std::printf("%-11s %-10s %-10s %s\n", "split", "ESR", "fixed gain", "wet");
    for (std::size_t i = 0; i < all.size(); ++i)
        std::printf("%-11s %-10s %-10s %s\n", split_name(captures.rows[i].split), number(all[i].esr).c_str(),
                    number(all[i].esr_fixed_gain).c_str(), captures.rows[i].wet.c_str());
    for (const auto& [split, mean] : means.items())
        std::printf("%-11s %-10s %-10s mean of %zu\n", split.c_str(),
                    number(mean["esr"].get<double>()).c_str(),
                    number(mean["esr_fixed_gain"].get<double>()).c_str(), mean["rows"].get<std::size_t>());
}

} // namespace

void add_evaluate(CLI::App& program, Job& job) {
    CLI::App* command = program.add_subcommand("evaluate", "Compare a model with recordings of its device");
    const auto options = std::make_shared<Options>();
    command->add_option("-m,--model", options->model, "Model file (.ssm)")->required();
    auto* dry = command->add_option("--dry", options->dry, "Recording of what went into the device");
    auto* wet = command->add_option("--wet", options->wet, "Recording of what came out");
    auto* knobs = command->add_option("--knob", options->knobs, "A knob's value in the recording, 0 to 1")
                      ->type_name("NAME=VALUE")
                      ->allow_extra_args(false);
    auto* captures = command->add_option("--captures", options->captures,
                                         "Table of recordings (CSV: dry,wet,split,knobs...)");
    dry->needs(wet);
    wet->needs(dry);
    captures->excludes(dry)->excludes(wet)->excludes(knobs);
    command->add_option("--report", options->report, "Write a page with figures and players (HTML)")
        ->type_name("FILE");
    command->add_flag("--no-align", options->no_align,
                      "Compare the recordings as they lie, without taking a delay off");
    add_json_option(*command, options->output);
    add_overwrite_option(*command, options->output);
    command->callback([&job, options] {
        if (options->captures.empty() && options->dry.empty())
            throw CLI::RequiredError("--dry and --wet, or --captures");
        job = [options] {
            if (!options->report.empty())
                expect_writable(options->report, options->output.overwrite);
            options->captures.empty() ? run_pair(*options) : run_captures(*options);
        };
    });
}

} // namespace continuo::command
