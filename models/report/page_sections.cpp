#include "models/report/page_sections.h"

#include "models/format/model.h"
#include "models/report/page_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>

namespace continuo::report {

namespace {

const ReportRecording& in_detail(const ReportInput& input) {
    return input.recordings[input.detail];
}

// One ESR for the whole report and what it is taken over.
struct Headline {
    double esr = 0.0, esr_fixed_gain = 0.0;
    std::string over; ///< plain text
};

Headline headline_figures(const ReportInput& input) {
    if (input.recordings.size() == 1) {
        const ReportRecording& only = input.recordings.front();
        std::string over = only.name;
        if (!only.split.empty())
            over += " (" + only.split + ")";
        return {only.metrics.esr, only.metrics.esr_fixed_gain, over};
    }
    const auto is_test = [](const ReportRecording& row) { return row.split == "test"; };
    const bool any_test = std::any_of(input.recordings.begin(), input.recordings.end(), is_test);
    Headline mean;
    std::size_t rows = 0;
    for (const ReportRecording& row : input.recordings)
        if (!any_test || is_test(row)) {
            mean.esr += row.metrics.esr;
            mean.esr_fixed_gain += row.metrics.esr_fixed_gain;
            ++rows;
        }
    mean.esr /= double(rows);
    mean.esr_fixed_gain /= double(rows);
    mean.over = rows == 1 ? "the one test recording"
                          : "mean of " + std::to_string(rows) + (any_test ? " test" : "") + " recordings";
    return mean;
}

std::string percent(double ratio) {
    return figure(100.0 * ratio, 2) + "\u202f%";
}

// The longer the bar, the closer to the target; the axis ends at −60 dB.
std::string bar(const char* name, const char* style, double esr) {
    const double level = esr > 0.0 ? -10.0 * std::log10(esr) : 60.0;
    const double width = std::clamp(level / 60.0, 0.0, 1.0) * 100.0;
    return "<div class=\"bar " + std::string(style) + "\"><span class=\"bar-name\">" + name +
           "</span><span class=\"bar-track\"><span class=\"bar-length\" style=\"width:" +
           std::to_string(static_cast<int>(std::lround(width))) +
           "%\"></span></span><span class=\"bar-value\">" + energy_decibels(esr) + "</span></div>\n";
}

std::string table_row(const std::string& name, const std::string& model, const std::string& gain,
                      const std::string& meaning) {
    return "<tr><th scope=\"row\">" + name + "<span class=\"meaning\">" + meaning + "</span></th><td>" +
           model + "</td><td>" + gain + "</td></tr>\n";
}

// Two decimals and a sign: "+0.12", "0".
std::string level_difference(double value) {
    const double rounded = std::round(value * 100.0) / 100.0;
    return std::string(rounded > 0.0 ? "+" : "") + figure(rounded, std::abs(rounded) < 0.095 ? 1 : 2);
}

std::string knobs_text(const ReportRecording& row) {
    std::string text;
    for (const auto& [name, value] : row.knobs)
        text += (text.empty() ? "" : ", ") + name + "\u00a0" + figure(double(value), 2);
    return text;
}

std::string item(const std::string& name, const std::string& html) {
    return html.empty() ? "" : "<div><dt>" + name + "</dt><dd>" + html + "</dd></div>\n";
}

std::string shape_item(const Model& model) {
    if (model.is_gain()) {
        const dsp::GainShape& shape = model.gain().shape;
        return item("Levels, smoothers, hidden units, modes",
                    std::to_string(shape.levels) + ", " + std::to_string(shape.channels) + ", " +
                        std::to_string(shape.hidden) + ", " + std::to_string(shape.modes));
    }
    if (model.is_selective()) {
        const dsp::SelectiveShape& shape = model.selective().shape;
        return item("Levels, channels × states, hidden units, modes",
                    std::to_string(shape.levels) + ", " + std::to_string(shape.channels) + " × " +
                        std::to_string(shape.states) + ", " + std::to_string(shape.hidden) + ", " +
                        std::to_string(shape.modes));
    }
    const dsp::StackShape& shape = model.stack().shape;
    return item("Layers × channels × modes", std::to_string(shape.layers) + " × " +
                                                 std::to_string(shape.channels) + " × " +
                                                 std::to_string(shape.modes));
}

} // namespace

std::string subtitle(const ReportInput& input) {
    std::string text = (input.model.is_gain()        ? "Gain model"
                        : input.model.is_selective() ? "Selective model"
                                                     : escape_html(input.model.tier) + " tier") +
                       ", " + grouped(input.model.parameter_count()) + " parameters, trained at " +
                       in_unit(input.model.sample_rate(), "Hz", 4);
    if (input.recordings.size() > 1)
        text += ", compared with " + std::to_string(input.recordings.size()) + " recordings";
    return text;
}

std::string headline(const ReportInput& input) {
    const Headline figures = headline_figures(input);
    std::string html = "<p class=\"headline\"><span class=\"headline-name\">ESR</span> <strong>" +
                       energy_decibels(figures.esr) + "</strong> <span class=\"headline-linear\">" +
                       figure(figures.esr) + "</span></p>\n";
    html += "<p class=\"headline-over\">" + escape_html(figures.over) + "</p>\n";
    html += "<p>What is left when the model is subtracted from the device holds " + percent(figures.esr) +
            " of the device’s energy. The best that a fixed gain can do leaves " +
            percent(figures.esr_fixed_gain) + ".</p>\n";
    html += "<div class=\"bars\" role=\"group\" aria-label=\"ESR in dB, longer is closer to the device\">\n";
    html += bar("this model", "model", figures.esr);
    html += bar("fixed gain", "gain", figures.esr_fixed_gain);
    html +=
        "<div class=\"bar bar-axis\" aria-hidden=\"true\"><span class=\"bar-name\"></span><span "
        "class=\"bar-ticks\"><span>0</span><span>−20</span><span>−40</span><span>−60 dB</span></span><span "
        "class=\"bar-value\"></span></div>\n</div>\n";
    return html;
}

std::string recordings_table(const ReportInput& input) {
    if (input.recordings.size() < 2)
        return "";
    const bool with_knobs = std::any_of(input.recordings.begin(), input.recordings.end(),
                                        [](const ReportRecording& row) { return !row.knobs.empty(); });
    std::string html =
        "<section aria-labelledby=\"recordings-title\">\n<h2 id=\"recordings-title\">Recordings</h2>\n"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"recordings-title\">"
        "<table><thead><tr><th scope=\"col\">Recording</th><th scope=\"col\">Split</th>";
    if (with_knobs)
        html += "<th scope=\"col\">Knobs</th>";
    html += "<th scope=\"col\">ESR</th><th scope=\"col\">ESR, dB</th><th scope=\"col\">Fixed gain, dB</th>"
            "<th scope=\"col\">MR-STFT</th><th scope=\"col\">Loudness, LU</th></tr></thead>\n<tbody>\n";
    const auto cells = [](const Metrics& metrics) {
        return "<td>" + figure(metrics.esr) + "</td><td>" + energy_decibels(metrics.esr) + "</td><td>" +
               energy_decibels(metrics.esr_fixed_gain) + "</td><td>" + figure(metrics.mr_stft) + "</td><td>" +
               level_difference(metrics.loudness_difference_lu) + "</td></tr>\n";
    };
    std::map<std::string, std::pair<Metrics, std::size_t>> splits;
    for (std::size_t i = 0; i < input.recordings.size(); ++i) {
        const ReportRecording& row = input.recordings[i];
        const bool shown = i == input.detail;
        html += std::string("<tr") + (shown ? " class=\"shown\"" : "") + "><th scope=\"row\">" +
                escape_html(row.name) + (shown ? " <span class=\"badge\">shown below</span>" : "") +
                "</th><td>" + escape_html(row.split) + "</td>";
        if (with_knobs)
            html += "<td>" + escape_html(knobs_text(row)) + "</td>";
        html += cells(row.metrics);
        auto& [sum, count] = splits[row.split];
        for (const auto value :
             {&Metrics::esr, &Metrics::esr_fixed_gain, &Metrics::mr_stft, &Metrics::loudness_difference_lu})
            sum.*value += row.metrics.*value;
        ++count;
    }
    html += "</tbody>\n<tfoot>\n";
    for (auto& [split, entry] : splits) {
        auto& [mean, count] = entry;
        for (const auto value :
             {&Metrics::esr, &Metrics::esr_fixed_gain, &Metrics::mr_stft, &Metrics::loudness_difference_lu})
            mean.*value /= double(count);
        html += "<tr><th scope=\"row\">Mean of " + std::to_string(count) + "</th><td>" + escape_html(split) +
                "</td>" + (with_knobs ? "<td></td>" : "") + cells(mean);
    }
    return html + "</tfoot></table></div>\n</section>\n";
}

std::string figures_table(const ReportInput& input) {
    const Metrics& model = in_detail(input).metrics;
    std::vector<float> dry = input.dry;
    const auto constant = static_cast<float>(best_fixed_gain(input.dry, input.target));
    for (float& sample : dry)
        sample *= constant;
    const Metrics gain = evaluate_metrics(input.dry, input.target, dry, input.sample_rate);

    const auto ratio = [](double value) {
        return figure(value) + " <span class=\"second\">" + energy_decibels(value) + "</span>";
    };
    const auto loudness = [](double value) { return level_difference(value) + "\u00a0LU"; };
    std::string html =
        "<table class=\"figures\"><thead><tr><th scope=\"col\">Figure</th>"
        "<th scope=\"col\">Model</th><th scope=\"col\">Best fixed gain (" +
        (constant == 0.0f ? std::string("0") : decibels(20.0 * std::log10(std::abs(double(constant))))) +
        (constant < 0.0f ? ", inverted" : "") + ")</th></tr></thead>\n<tbody>\n";
    html += table_row("ESR", ratio(model.esr), ratio(model.esr_fixed_gain),
                      "error-to-signal ratio: energy of the difference by energy of the device");
    html += table_row("ESR, pre-emphasised", ratio(model.esr_pre_emphasis), ratio(gain.esr_pre_emphasis),
                      "the same behind 1 − 0.85 z⁻¹, which weighs treble as ears do");
    html += table_row("MAE", figure(model.mae), figure(gain.mae), "mean absolute error, full scale 1");
    html += table_row("MR-STFT", figure(model.mr_stft), figure(gain.mr_stft),
                      "distance of spectrograms at three resolutions");
    html +=
        table_row("Loudness", loudness(model.loudness_difference_lu), loudness(gain.loudness_difference_lu),
                  "louder (+) or quieter than the device, BS.1770");
    return html + "</tbody></table>\n";
}

std::string model_card(const ReportInput& input) {
    const Model& model = input.model;
    const TrainingRecord& training = model.training;
    std::string html = "<dl class=\"card\">\n";
    html += item("Name", escape_html(model.name));
    html += item("Device", escape_html(model.device));
    html += item("Author", escape_html(model.author));
    html += item("Licence", escape_html(model.licence));
    html += item("Tier", escape_html(model.tier) + ", family " + escape_html(model.family()));
    html += shape_item(model);
    html += item("Parameters", grouped(model.parameter_count()));
    html += item("Sample rate", grouped(static_cast<std::size_t>(std::llround(model.sample_rate()))) + " Hz");
    if (input.nanoseconds_per_sample) {
        const double cost = *input.nanoseconds_per_sample;
        html += item("Cost", figure(cost) + " ns per sample, " + percent(cost * 1e-9 * model.sample_rate()) +
                                 " of one core" +
                                 (input.nanoseconds_per_sample_note
                                      ? " (" + escape_html(*input.nanoseconds_per_sample_note) + ")"
                                      : ""));
    }
    std::string knobs;
    for (const KnobDescription& knob : model.knobs)
        knobs += (knobs.empty() ? "" : ", ") + escape_html(knob.name) + " (default " +
                 figure(double(knob.default_value), 2) + ")";
    html += item("Knobs", knobs);
    if (model.loudness_lufs)
        html += item("Loudness", figure(*model.loudness_lufs) + " LUFS");
    if (model.input_dbu)
        html += item("Input", "full scale was " + figure(*model.input_dbu) + " dBu");
    if (model.output_dbu)
        html += item("Output", "full scale was " + figure(*model.output_dbu) + " dBu");
    if (training.steps > 0)
        html += item("Training", grouped(training.steps) + " steps in " + duration(training.seconds) +
                                     ", seed " + std::to_string(training.seed));
    if (training.validation_esr)
        html += item("Validation ESR", figure(*training.validation_esr) + " (" +
                                           energy_decibels(*training.validation_esr) + ")");
    html += item("Program",
                 training.program_version.empty() ? "" : "continuo " + escape_html(training.program_version));
    std::string recordings;
    for (const RecordingRecord& recording : training.recordings)
        recordings += "<li>" + escape_html(recording.name) + ", " + duration(recording.seconds) +
                      " <span class=\"hash\">XXH3 " + escape_html(recording.hash) + "</span></li>";
    html += item("Trained on", recordings.empty() ? "" : "<ul>" + recordings + "</ul>");
    return html + "</dl>\n";
}

} // namespace continuo::report
