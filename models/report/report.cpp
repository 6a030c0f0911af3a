#include "models/report/report.h"

#include "models/audio/atomic_file.h"
#include "models/report/page_data.h"
#include "models/report/page_sections.h"
#include "models/report/page_template.h"
#include "models/report/page_text.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace continuo {

namespace {

// Of base 64 text, so that the page stays below 10 MB.
constexpr std::size_t audio_limit = 8'500'000;

void check(const ReportInput& input) {
    if (!(input.sample_rate >= 1000.0) || !(input.sample_rate <= 655350.0))
        throw std::invalid_argument("the report's sample rate is not between 1 kHz and 655 kHz");
    if (input.target.empty() || input.dry.size() != input.target.size() ||
        input.output.size() != input.target.size())
        throw std::invalid_argument("the report's signals are empty or not equally long");
    if (input.detail >= input.recordings.size())
        throw std::invalid_argument("the report shows a recording that there is not");
    for (const std::vector<float>* signal : {&input.dry, &input.target, &input.output})
        if (!std::all_of(signal->begin(), signal->end(), [](float sample) { return std::isfinite(sample); }))
            throw std::invalid_argument("the report's signals hold samples that are not finite");
}

} // namespace

std::size_t recording_to_show(const std::vector<ReportRecording>& recordings) {
    std::size_t worst = 0;
    const auto rank = [&](std::size_t i) {
        return std::pair(recordings[i].split == "test", recordings[i].metrics.esr);
    };
    for (std::size_t i = 1; i < recordings.size(); ++i)
        if (rank(i) > rank(worst))
            worst = i;
    return worst;
}

std::string report_page(const ReportInput& input) {
    check(input);
    const report::PageData data = report::make_page_data(input, audio_limit);
    const ReportRecording& detail = input.recordings[input.detail];
    return report::fill_template(report::page_html,
                                 {{"title", report::escape_html(input.title)},
                                  {"style", std::string(report::page_css)},
                                  {"script", std::string(report::page_js)},
                                  {"subtitle", report::subtitle(input)},
                                  {"headline", report::headline(input)},
                                  {"recordings", report::recordings_table(input)},
                                  {"detail_name", report::escape_html(detail.name)},
                                  {"figures", report::figures_table(input)},
                                  {"model_card", report::model_card(input)},
                                  {"excerpt_note", report::escape_html(data.excerpt_note)},
                                  {"waveform_note", report::escape_html(data.waveform_note)},
                                  {"spectrum_note", report::escape_html(data.spectrum_note)},
                                  {"poles_note", report::escape_html(data.poles_note)},
                                  {"training_hidden", input.curve.empty() ? "hidden" : ""},
                                  {"data", report::script_safe(data.values)}});
}

void write_report(const ReportInput& input, const std::filesystem::path& path, bool overwrite) {
    write_file(path, report_page(input), overwrite);
}

} // namespace continuo
