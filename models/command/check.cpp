// continuo check: can this pair of recordings train a model?
#include "models/capture/check.h"

#include "models/command/commands.h"
#include "models/command/output.h"
#include "models/common/errors.h"

#include <cstdio>
#include <memory>

namespace continuo::command {

namespace {

struct Options {
    std::string dry, wet;
    OutputOptions output;
};

const char* word(Severity severity) {
    switch (severity) {
    case Severity::ok:
        return "ok";
    case Severity::note:
        return "note";
    case Severity::refuse:
        return "refuse";
    }
    return "";
}

nlohmann::ordered_json to_json(const CheckResult& check) {
    nlohmann::ordered_json findings = nlohmann::json::array();
    for (const Finding& finding : check.findings)
        findings.push_back({{"severity", word(finding.severity)},
                            {"subject", finding.subject},
                            {"text", finding.text},
                            {"remedy", finding.remedy}});
    const CheckFigures& figures = check.figures;
    nlohmann::ordered_json noise;
    if (figures.noise_measured)
        noise = figures.wet_noise_db;
    return {{"usable", check.usable()},
            {"delay_samples", check.alignment.delay},
            {"inverted", check.alignment.inverted},
            {"confidence", check.alignment.confidence},
            {"drift_ppm", check.alignment.drift_ppm},
            {"sample_rate", figures.sample_rate},
            {"dry_seconds", figures.dry_seconds},
            {"wet_seconds", figures.wet_seconds},
            {"used_seconds", figures.used_seconds},
            {"dry_peak_db", figures.dry_peak_db},
            {"wet_peak_db", figures.wet_peak_db},
            {"dry_rms_db", figures.dry_rms_db},
            {"wet_rms_db", figures.wet_rms_db},
            {"wet_noise_db", noise},
            {"findings", findings}};
}

void run(const Options& options) {
    const CheckResult check = check_pair(read_audio(options.dry), read_audio(options.wet));
    write_json(to_json(check), options.output);
    if (options.output.text())
        for (const Finding& finding : check.findings)
            std::printf("%-7s %-9s %s\n", word(finding.severity), finding.subject.c_str(),
                        finding.line().c_str());
    if (const Finding* refusal = check.refusal())
        throw BadInput(options.wet, refusal->text, refusal->remedy);
    if (options.output.text())
        std::printf("A model can be trained on this pair.\n");
}

} // namespace

void add_check(CLI::App& program, Job& job) {
    CLI::App* command = program.add_subcommand("check", "Say whether a pair of recordings can train a model");
    const auto options = std::make_shared<Options>();
    command->add_option("DRY", options->dry, "Recording of what went into the device")->required();
    command->add_option("WET", options->wet, "Recording of what came out")->required();
    add_json_option(*command, options->output);
    command->callback([&job, options] { job = [options] { run(*options); }; });
}

} // namespace continuo::command
