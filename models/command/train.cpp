// continuo train: learns a model from recordings of a device.
#include "models/training/gain_trainer.h"
#include "models/training/trainer.h"

#include "models/command/commands.h"
#include "models/command/device_option.h"
#include "models/command/family_race.h"
#include "models/command/interrupt.h"
#include "models/command/output.h"
#include "models/command/progress_bar.h"
#include "models/command/recording_records.h"
#include "models/command/report_input.h"
#include "models/command/train_data.h"
#include "models/common/errors.h"
#include "models/format/activation_name.h"
#include "models/format/ssm_file.h"
#include "models/format/tier.h"
#include "models/metrics/metrics.h"
#include "models/parallel/render_stack.h"
#include "models/render/reference_loudness.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace continuo::command {

namespace {

namespace filesystem = std::filesystem;

// What a person says about the model; where nothing is said, what the model that training starts from says.
struct Description {
    std::string name, gear, author, licence;
    std::optional<double> input_dbu, output_dbu;
};

struct Options {
    RecordingOptions recordings;
    Description description;
    std::string model, family = "stack", tier, activation = "tanh", from, device = "cpu", report;
    TrainingOptions training;
    OutputOptions output;

    filesystem::path checkpoint() const { return model + ".checkpoint"; }
};

void expect_usable(const Options& options) {
    const bool one_size = options.family == "gain" || options.family == "selective";
    if (one_size && !options.tier.empty())
        throw BadInput("--tier", "a " + options.family + " model has one size", "leave --tier away");
    if (one_size && options.training.resume)
        throw BadInput("--resume", "the training of a " + options.family + " model keeps no checkpoint",
                       "leave --resume away");
    if (options.model == "-")
        throw BadInput("-o", "a model does not go to standard output", "name a file");
    expect_writable(options.model, options.output.overwrite);
    if (!options.report.empty())
        expect_writable(options.report, options.output.overwrite);
    std::error_code error;
    const bool unfinished = filesystem::exists(options.checkpoint(), error);
    if (options.training.resume && !unfinished)
        throw BadInput(options.checkpoint().string(), "there is no checkpoint to resume from",
                       "leave --resume away");
    if (!options.training.resume && unfinished && !options.output.overwrite)
        throw BadInput(options.checkpoint().string(), "an unfinished training is kept there",
                       "add --resume to go on with it, or -y to begin anew");
}

std::optional<Model> read_base(const Options& options) {
    if (options.from.empty())
        return std::nullopt;
    Model base = read_model(options.from);
    if (options.family != "auto" && base.family() != options.family)
        throw BadInput("--from", std::string("the model there is of family ") + base.family(),
                       std::string("add --family ") + base.family());
    if (!options.tier.empty() && options.tier != base.tier)
        throw BadInput("--tier", "the model in --from is of tier " + base.tier, "leave --tier away");
    return base;
}

// What is to be trained: of the options, those of the family count.
struct Goal {
    std::string family, tier;
    TrainingOptions stack;
    GainTrainingOptions gain;
    SelectiveTrainingOptions selective;

    bool is_stack() const { return family == "stack"; }
    bool is_gain() const { return family == "gain"; }
    std::size_t parameters() const {
        return is_stack()  ? dsp::parameter_count(stack.shape)
               : is_gain() ? dsp::parameter_count(gain.shape)
                           : dsp::parameter_count(selective.shape);
    }
};

// Poles and times are kept in seconds, so a model moves to another rate as it is, unless a pole has no place
// there.
template <typename Parameters>
Parameters at_rate(Parameters network, double sample_rate, const std::string& file) {
    network.sample_rate = sample_rate;
    try {
        dsp::validate(network);
    } catch (const std::invalid_argument& reason) {
        throw BadInput(file, std::string("it does not fit these recordings: ") + reason.what(),
                       "start from a model of their sample rate");
    }
    return network;
}

template <typename Shape>
GainTrainingOptionsOf<Shape> gain_options(const Shape& shape, const TrainingOptions& common) {
    GainTrainingOptionsOf<Shape> options;
    options.shape = shape;
    options.steps = common.steps;
    options.minutes = common.minutes;
    options.seed = common.seed;
    options.threads = common.threads;
    return options;
}

template <typename TrainingOptionsOfFamily, typename Parameters>
void start_from(const Parameters& base, double sample_rate, const std::string& file,
                TrainingOptionsOfFamily& options) {
    options.from = at_rate(base, sample_rate, file);
    options.shape = options.from->shape;
}

Goal goal_of(const Options& options, const std::string& family, const std::optional<Model>& base,
             const DataSet& data) {
    Goal goal;
    goal.family = family;
    goal.tier = base ? base->tier : options.tier.empty() ? "standard" : options.tier;
    const std::size_t knobs = data.knob_names.size();
    goal.gain = gain_options(default_gain_shape(knobs), options.training);
    goal.selective = gain_options(default_selective_shape(knobs), options.training);
    goal.stack = options.training;
    goal.stack.checkpoint = options.checkpoint();
    goal.stack.shape = tier_from_name(goal.tier).value_or(tiers[1]).shape(knobs);
    goal.stack.activation = *activation_from_name(options.activation);
    if (base && base->is_gain()) {
        start_from(base->gain(), data.sample_rate, options.from, goal.gain);
    } else if (base && base->is_selective()) {
        start_from(base->selective(), data.sample_rate, options.from, goal.selective);
    } else if (base) {
        start_from(base->stack(), data.sample_rate, options.from, goal.stack);
        goal.stack.activation = goal.stack.from->activation;
    }
    return goal;
}

// What each trainer leaves.
struct Trained {
    decltype(Model::network) network;
    double validation_esr;
    std::vector<CurvePoint> curve;
    std::size_t steps;
    double seconds;
};

template <typename Result>
Trained trained(Result result) {
    return {std::move(result.best), result.validation_esr, std::move(result.curve), result.steps,
            result.seconds};
}

std::string losses(const TrainingProgress& progress) {
    return "loss " + number(progress.training_loss) +
           (std::isfinite(progress.validation_esr) ? "  validation ESR " + number(progress.validation_esr)
                                                   : "");
}

std::string outcome(const FamilyRace& race) {
    const auto ranking = race.ranking();
    std::string text = "The family " + ranking[0].family + " comes closest in a short race: ESR " +
                       number(ranking[0].esr) + " on held-out audio";
    for (std::size_t i = 1; i < ranking.size(); ++i)
        text += ", " + ranking[i].family + " " + number(ranking[i].esr);
    return text;
}

FamilyRace race(const DataSet& data, const Options& options) {
    const StopRequest stop;
    FamilyRace result;
    {
        ProgressBar bar("Choosing the family");
        const auto progress = [&](std::size_t place, const TrainingProgress& at) {
            const double total = at.seconds + at.seconds_left;
            const double done = double(place) + (total > 0.0 ? at.seconds / total : 0.0);
            bar.update(done / double(raced_families),
                       at.seconds_left + double(raced_families - 1 - place) * total, losses(at));
            return !stop.requested();
        };
        Goal goal = goal_of(options, "auto", std::nullopt, data);
        result = race_families(data, std::move(goal.stack), std::move(goal.gain), std::move(goal.selective),
                               progress);
    }
    if (stop.requested())
        throw JobFailed(options.model, "training was stopped while the family was being chosen",
                        "give the same command to begin anew");
    return result;
}

Trained train_until_stopped(const DataSet& data, Goal goal, const Options& options) {
    const StopRequest stop;
    std::size_t step = 0;
    Trained result;
    {
        ProgressBar bar("Training");
        goal.stack.progress = goal.gain.progress =
            goal.selective.progress = [&](const TrainingProgress& progress) {
                step = progress.step;
                const double total = progress.seconds + progress.seconds_left;
                bar.update(total > 0.0 ? progress.seconds / total : 0.0, progress.seconds_left,
                           losses(progress));
                return !stop.requested();
            };
        result = goal.is_stack()  ? trained(train(data, goal.stack))
                 : goal.is_gain() ? trained(train_gain(data, goal.gain))
                                  : trained(train_gain(data, goal.selective));
    }
    if (stop.requested() && !goal.is_stack())
        throw JobFailed(options.model, "training was stopped at step " + std::to_string(step),
                        "give the same command to begin anew");
    if (stop.requested())
        throw JobFailed(options.model,
                        "training was stopped at step " + std::to_string(step) + " and is kept in " +
                            options.checkpoint().string(),
                        "give the same command with --resume to go on");
    return result;
}

// What no model at all would give on the held-out audio.
double fixed_gain_on_validation(const DataSet& data) {
    std::vector<float> dry, wet;
    for (const ResolvedRecording& part : resolve_splits(data).validation) {
        const Recording& source = *part.source;
        dry.insert(dry.end(), source.dry.begin() + std::ptrdiff_t(part.begin),
                   source.dry.begin() + std::ptrdiff_t(part.end));
        wet.insert(wet.end(), source.wet.begin() + std::ptrdiff_t(part.begin),
                   source.wet.begin() + std::ptrdiff_t(part.end));
    }
    return esr_fixed_gain(dry, wet);
}

Model describe(const Options& options, const std::optional<Model>& base, const TrainingData& data,
               const Goal& goal, const Trained& result) {
    Model model;
    model.network = result.network;
    model.tier = goal.tier;
    const Model before = base.value_or(Model{});
    const auto first = [](const std::string& said, const std::string& otherwise) {
        return said.empty() ? otherwise : said;
    };
    const Description& said = options.description;
    model.name = first(said.name, filesystem::path(options.model).stem().string());
    model.device = first(said.gear, before.device);
    model.author = first(said.author, before.author);
    model.licence = first(said.licence, before.licence);
    model.input_dbu = said.input_dbu ? said.input_dbu : before.input_dbu;
    model.output_dbu = said.output_dbu ? said.output_dbu : before.output_dbu;
    model.knobs = data.knobs;
    model.training.seconds = result.seconds;
    if (std::isfinite(result.validation_esr))
        model.training.validation_esr = result.validation_esr;
    model.training.seed = options.training.seed;
    model.training.steps = result.steps;
    model.training.program_version = CONTINUO_VERSION;
    model.training.recordings = recording_records(data.set);
    model.loudness_lufs = reference_loudness(model);
    return model;
}

void run(const Options& options) {
    expect_usable(options);
    const auto base = read_base(options);
    const TrainingData data = read_training_data(options.recordings, base);
    std::string family = options.family;
    std::optional<FamilyRace> families;
    if (family == "auto" && (base || options.training.resume)) {
        family = base ? base->family() : "stack"; // the others keep no checkpoint
    } else if (family == "auto") {
        families = race(data.set, options);
        family = families->ranking().front().family;
    }
    Goal goal = goal_of(options, family, base, data.set);
    if (families) // what the race has left
        goal.stack.minutes = goal.gain.minutes = goal.selective.minutes =
            (1.0 - double(raced_families) * race_share) * training_minutes(options.training.minutes);
    const parallel::OpenedCuda device = open_device(
        options.device, goal.is_stack() ? parallel::unfit_for_gpu(goal.stack.shape, goal.stack.activation)
                                        : "the family " + family + " is computed by the processor");
    if (device.engine)
        goal.stack.gradient_engine = [&device](const parallel::GradientSetup& setup) {
            return make_gradient_engine(*device.engine, setup);
        };
    double seconds_of_audio = 0.0;
    for (const Recording& recording : data.set.recordings)
        seconds_of_audio += double(recording.dry.size()) / data.set.sample_rate;
    if (options.output.text()) {
        for (const std::string& note : data.notes)
            std::printf("note: %s\n", note.c_str());
        if (families)
            std::printf("%s\n", outcome(*families).c_str());
        std::printf("Training a %s, %zu parameters, on %s of audio at %s Hz%s\n",
                    (goal.is_stack() ? "model of tier " + goal.tier : family + " model").c_str(),
                    goal.parameters(), duration(seconds_of_audio).c_str(),
                    number(data.set.sample_rate, 9).c_str(),
                    options.device == "cpu" ? "" : (", computed by " + device_name(device)).c_str());
        std::fflush(stdout);
    }

    const Trained result = train_until_stopped(data.set, goal, options);
    const Model model = describe(options, base, data, goal, result);
    write_model(model, options.model);
    if (!options.report.empty()) {
        ReportInput report = training_report(model, data.set);
        for (const CurvePoint& point : result.curve)
            report.curve.push_back({point.step, point.seconds, point.training_loss, point.validation_esr});
        write_report(report, options.report, options.output.overwrite);
    }
    std::error_code ignored;
    filesystem::remove(options.checkpoint(), ignored);

    const double fixed_gain = fixed_gain_on_validation(data.set);
    nlohmann::json raced;
    if (families)
        for (const FamilyRace::Entry& entry : families->entries)
            raced[entry.family] = entry.esr;
    write_json({{"model", options.model},
                {"family", model.family()},
                {"race", raced},
                {"tier", goal.tier},
                {"parameters", goal.parameters()},
                {"sample_rate", data.set.sample_rate},
                {"validation_esr", result.validation_esr},
                {"validation_esr_fixed_gain", fixed_gain},
                {"steps", result.steps},
                {"seconds", result.seconds},
                {"device", device_name(device)},
                {"seed", options.training.seed},
                {"notes", data.notes}},
               options.output);
    if (options.output.text())
        std::printf("%s: ESR %s on held-out audio, where the best fixed gain has %s; %zu steps in %s\n",
                    options.model.c_str(), number(result.validation_esr).c_str(), number(fixed_gain).c_str(),
                    result.steps, duration(result.seconds).c_str());
}

} // namespace

void add_train(CLI::App& program, Job& job) {
    CLI::App* command = program.add_subcommand("train", "Learn a model from recordings of a device");
    const auto options = std::make_shared<Options>();
    auto* dry =
        command->add_option("--dry", options->recordings.dry, "Recording of what went into the device");
    auto* wet = command->add_option("--wet", options->recordings.wet, "Recording of what came out");
    auto* knobs =
        command->add_option("--knob", options->recordings.knobs, "A knob's value in the recording, 0 to 1")
            ->type_name("NAME=VALUE")
            ->allow_extra_args(false);
    auto* captures = command->add_option("--captures", options->recordings.captures,
                                         "Table of recordings (CSV: dry,wet,split,knobs...)");
    dry->needs(wet);
    wet->needs(dry);
    captures->excludes(dry)->excludes(wet)->excludes(knobs);
    command->add_option("-o,--output", options->model, "Model file to write (.ssm)")->required();
    command->add_option("--family", options->family, "Kind of model")
        ->check(CLI::IsMember({"stack", "gain", "selective", "auto"}))
        ->capture_default_str();
    command->add_option("--tier", options->tier, "Size of the model (default: standard)")
        ->check(CLI::IsMember({"nano", "standard", "high", "ultra"}));
    command
        ->add_option("--activation", options->activation,
                     "Nonlinearity of a new model: isru is anti-aliased, tanh is not")
        ->check(CLI::IsMember({"isru", "tanh"}))
        ->capture_default_str();
    command->add_option("--from", options->from, "Model to start from")->type_name("BASE.ssm");
    add_device_option(*command, options->device);
    command->add_option("--threads", options->training.threads, "Threads (default: one per processor)")
        ->check(CLI::Range(1, 256));
    command->add_option("--steps", options->training.steps, "Train for so many steps, however long they take")
        ->check(CLI::Range(1, 10000000));
    command->add_option("--minutes", options->training.minutes, "Train for so many minutes (default: 3)")
        ->check(CLI::Range(0.01, 100000.0));
    command->add_option("--seed", options->training.seed, "Where chance starts")->capture_default_str();
    command->add_flag("--resume", options->training.resume, "Go on where an interrupted training stopped");
    command->add_flag("--no-align", options->recordings.no_align, "Take the recordings as they lie");
    command->add_option("--name", options->description.name, "What to call the model (default: its file)");
    command->add_option("--gear", options->description.gear, "The device that was recorded");
    command->add_option("--author", options->description.author, "Who recorded it");
    command->add_option("--licence", options->description.licence, "What others may do with the model");
    command
        ->add_option("--input-dbu", options->description.input_dbu,
                     "Level at the device's input that full scale of the dry recording was (dBu)")
        ->check(CLI::Range(-100.0, 100.0));
    command
        ->add_option("--output-dbu", options->description.output_dbu,
                     "Level at its output that full scale of the wet recording was (dBu)")
        ->check(CLI::Range(-100.0, 100.0));
    command->add_option("--report", options->report, "Write a page with figures and players (HTML)")
        ->type_name("FILE");
    add_json_option(*command, options->output);
    add_overwrite_option(*command, options->output);
    command->callback([&job, options] {
        if (options->recordings.captures.empty() && options->recordings.dry.empty())
            throw CLI::RequiredError("--dry and --wet, or --captures");
        job = [options] { run(*options); };
    });
}

} // namespace continuo::command
