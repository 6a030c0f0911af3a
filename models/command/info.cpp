// continuo info: what a model file holds.
#include "models/command/commands.h"
#include "models/command/output.h"
#include "models/format/pole_groups.h"
#include "models/format/ssm_file.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

namespace continuo::command {

namespace {

struct Options {
    std::string model;
    OutputOptions output;
};

struct Range {
    double low = 0.0, high = 0.0;

    void include(double value) {
        low = high == 0.0 ? value : std::min(low, value);
        high = std::max(high, value);
    }
};

/// What the poles span: those that oscillate as frequencies in Hz, all of them as time constants in s.
struct PoleSummary {
    std::size_t oscillating = 0, real = 0;
    Range frequency, time_constant;
};

PoleSummary summarise_poles(const Model& model) {
    PoleSummary summary;
    for (const PoleGroup& group : pole_groups(model))
        for (std::size_t i = 0; i < group.decay.size(); ++i) {
            summary.time_constant.include(1.0 / double(group.decay[i]));
            // Below a twentieth of its decay a pole's frequency is not heard as one.
            if (group.frequency[i] > 0.05f * group.decay[i]) {
                summary.frequency.include(double(group.frequency[i]) / (2.0 * std::numbers::pi));
                ++summary.oscillating;
            } else {
                ++summary.real;
            }
        }
    return summary;
}

std::string in_unit(double value, const char* unit) {
    if (value >= 1000.0)
        return number(value / 1000.0) + " k" + unit;
    if (value >= 1.0)
        return number(value) + " " + unit;
    if (value >= 1e-3)
        return number(value * 1e3) + " m" + unit;
    return number(value * 1e6) + " µ" + unit;
}

/// The numbers that say how large a model is, by name.
std::vector<std::pair<const char*, std::size_t>> sizes(const Model& model) {
    if (model.is_gain()) {
        const dsp::GainShape& shape = model.gain().shape;
        return {{"levels", shape.levels},
                {"channels", shape.channels},
                {"hidden", shape.hidden},
                {"modes", shape.modes}};
    }
    if (model.is_selective()) {
        const dsp::SelectiveShape& shape = model.selective().shape;
        return {{"levels", shape.levels},
                {"channels", shape.channels},
                {"states", shape.states},
                {"hidden", shape.hidden},
                {"modes", shape.modes}};
    }
    const dsp::StackShape& shape = model.stack().shape;
    return {{"layers", shape.layers}, {"channels", shape.channels}, {"modes", shape.modes}};
}

nlohmann::ordered_json to_json(const Model& model) {
    const PoleSummary poles = summarise_poles(model);
    nlohmann::ordered_json knobs = nlohmann::json::array(), recordings = nlohmann::json::array();
    for (const KnobDescription& knob : model.knobs)
        knobs.push_back({{"name", knob.name}, {"default", shortest(knob.default_value)}});
    for (const RecordingRecord& recording : model.training.recordings)
        recordings.push_back(
            {{"name", recording.name}, {"hash", recording.hash}, {"seconds", recording.seconds}});
    nlohmann::ordered_json validation_esr, loudness, input_dbu, output_dbu;
    if (model.training.validation_esr)
        validation_esr = *model.training.validation_esr;
    if (model.loudness_lufs)
        loudness = *model.loudness_lufs;
    if (model.input_dbu)
        input_dbu = *model.input_dbu;
    if (model.output_dbu)
        output_dbu = *model.output_dbu;
    nlohmann::ordered_json result = {
        {"family", model.family()},
        {"tier", model.tier},
        {"name", model.name},
        {"device", model.device},
        {"author", model.author},
        {"licence", model.licence},
        {"sample_rate", model.sample_rate()},
        {"parameters", model.parameter_count()},
        {"knobs", knobs},
        {"loudness_lufs", loudness},
        {"input_dbu", input_dbu},
        {"output_dbu", output_dbu},
        {"poles",
         {{"oscillating", poles.oscillating},
          {"real", poles.real},
          {"frequency_hz", {poles.frequency.low, poles.frequency.high}},
          {"time_constant_s", {poles.time_constant.low, poles.time_constant.high}}}},
        {"training",
         {{"recordings", recordings},
          {"seconds", model.training.seconds},
          {"steps", model.training.steps},
          {"validation_esr", validation_esr},
          {"seed", model.training.seed},
          {"program_version", model.training.program_version}}}};
    for (const auto& [name, size] : sizes(model))
        result[name] = size;
    return result;
}

void line(const char* label, const std::string& text) {
    if (!text.empty())
        std::printf("%-14s%s\n", label, text.c_str());
}

void print(const Model& model) {
    line("name", model.name);
    line("device", model.device);
    line("author", model.author);
    line("licence", model.licence);
    std::string size;
    for (const auto& [name, count] : sizes(model))
        size += (size.empty() ? "" : " × ") + std::to_string(count) + " " + name;
    line("family", std::string(model.family()) + ", tier " + model.tier + ": " + size + ", " +
                       std::to_string(model.parameter_count()) + " parameters");
    line("sample rate", number(model.sample_rate(), 9) + " Hz (plays at others too)");
    const PoleSummary poles = summarise_poles(model);
    line("poles", std::to_string(poles.oscillating) + " oscillate" +
                      (poles.oscillating == 0 ? std::string()
                                              : ", " + in_unit(poles.frequency.low, "Hz") + " to " +
                                                    in_unit(poles.frequency.high, "Hz")) +
                      "; " + std::to_string(poles.real) + " only decay");
    line("", "time constants " + in_unit(poles.time_constant.low, "s") + " to " +
                 in_unit(poles.time_constant.high, "s"));
    for (const KnobDescription& knob : model.knobs)
        line("knob", knob.name + ", 0 to 1, default " + number(double(knob.default_value)));
    if (model.loudness_lufs)
        line("loudness", number(*model.loudness_lufs) + " LUFS");
    if (model.input_dbu)
        line("input", "full scale was " + number(*model.input_dbu) + " dBu");
    if (model.output_dbu)
        line("output", "full scale was " + number(*model.output_dbu) + " dBu");
    const TrainingRecord& training = model.training;
    for (const RecordingRecord& recording : training.recordings)
        line("trained on", recording.name + ", " + duration(recording.seconds) + ", XXH3 " + recording.hash);
    line("training", duration(training.seconds) + ", " + std::to_string(training.steps) + " steps, seed " +
                         std::to_string(training.seed) +
                         (training.program_version.empty() ? "" : ", continuo " + training.program_version));
    if (training.validation_esr)
        line("ESR", number(*training.validation_esr) + " on held-out audio");
}

} // namespace

void add_info(CLI::App& program, Job& job) {
    CLI::App* command = program.add_subcommand("info", "Say what a model file holds");
    const auto options = std::make_shared<Options>();
    command->add_option("MODEL", options->model, "Model file (.ssm)")->required();
    add_json_option(*command, options->output);
    command->callback([&job, options] {
        job = [options] {
            const Model model = read_model(options->model);
            write_json(to_json(model), options->output);
            if (options->output.text())
                print(model);
        };
    });
}

} // namespace continuo::command
