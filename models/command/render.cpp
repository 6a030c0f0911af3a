// continuo render: plays audio files through a model.
#include "models/command/commands.h"
#include "models/command/device_option.h"
#include "models/command/knob_arguments.h"
#include "models/command/output.h"
#include "models/command/render_batch.h"
#include "models/common/errors.h"
#include "models/format/ssm_file.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <thread>

namespace continuo::command {

namespace {

const std::map<std::string, SampleFormat> formats = {{"wav16", SampleFormat::wav16},
                                                     {"wav24", SampleFormat::wav24},
                                                     {"wav32f", SampleFormat::wav32f},
                                                     {"flac24", SampleFormat::flac24}};

struct Options {
    std::string model, output, quality, shard = "1/1", device = "cpu", format;
    std::vector<std::string> inputs, knobs;
    std::size_t jobs = 0;
    BatchOptions batch;
    OutputOptions outputs;
};

nlohmann::ordered_json to_json(const std::vector<RenderTask>& tasks, const std::vector<RenderResult>& results,
                               const std::string& device, const std::string& quality, double seconds) {
    nlohmann::ordered_json files = nlohmann::json::array();
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (results[i].done)
            files.push_back({{"input", tasks[i].input.string()},
                             {"output", tasks[i].output.string()},
                             {"sample_rate", results[i].sample_rate},
                             {"model_rate", results[i].played_at},
                             {"channels", results[i].channels},
                             {"frames", results[i].frames},
                             {"clipped_samples", results[i].written.clipped}});
    return {{"files", files}, {"device", device}, {"quality", quality}, {"seconds", seconds}};
}

void print(const RenderTask& task, const RenderResult& result) {
    const std::string resampled = result.played_at == result.sample_rate
                                      ? ""
                                      : ", resampled to " + number(result.played_at, 9) + " Hz and back";
    std::printf("%s: %zu frames, %zu channel%s, %s Hz%s\n", task.output.c_str(), result.frames,
                result.channels, result.channels == 1 ? "" : "s", number(result.sample_rate, 9).c_str(),
                resampled.c_str());
    if (result.written.clipped > 0)
        std::printf("%s: %zu samples were beyond full scale and are clipped; --format wav32f keeps them\n",
                    task.output.c_str(), result.written.clipped);
}

// Every file that could not be rendered gets its line; the last one becomes the error of the whole job.
void report_errors(const std::vector<RenderResult>& results) {
    std::exception_ptr last;
    bool job_failed = false;
    for (const RenderResult& result : results) {
        if (!result.error)
            continue;
        try {
            if (last)
                std::rethrow_exception(last);
        } catch (const BadInput& error) {
            std::cerr << "continuo: " << error.what() << "\n";
        } catch (const std::exception&) {
            job_failed = true;
        }
        if (!job_failed)
            last = result.error;
    }
    if (last)
        std::rethrow_exception(last);
}

/// Why a GPU does not do it, for people; empty where it does.
std::string unfit(const Model& model, const std::string& quality) {
    if (!quality.empty() && quality != "eco")
        return "the kernels for a GPU do not oversample, as --quality " + quality + " does";
    return unfit_for_gpu(model);
}

void run(const Options& options) {
    if (options.output == "-" && options.outputs.json == "-")
        throw BadInput("--json", "audio and JSON cannot both go to standard output",
                       "give one of them a file");
    const auto format = options.format.empty() ? std::nullopt : std::optional(formats.at(options.format));
    const auto tasks = pick_shard(list_tasks(options.inputs, options.output, format), options.shard);
    const Model model = read_model(options.model);
    BatchOptions batch = options.batch;
    batch.overwrite = options.outputs.overwrite;
    batch.jobs = options.jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.jobs;
    batch.knobs = knob_values(model, parse_knob_arguments(options.knobs));
    const parallel::OpenedCuda device = open_device(options.device, unfit(model, options.quality));
    // The kernels for a GPU do not oversample: who asks for one and for no quality gets what it can do.
    const std::string quality = !options.quality.empty() ? options.quality : device.engine ? "eco" : "normal";
    batch.quality = *dsp::quality_from_name(quality);
    std::optional<DeviceRenderer> renderer;
    if (device.engine)
        batch.device = &renderer.emplace(model, batch.knobs, *device.engine);

    const auto start = std::chrono::steady_clock::now();
    const auto results = render_batch(model, tasks, batch);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    write_json(to_json(tasks, results, device_name(device), quality, time.count()), options.outputs);
    if (options.outputs.text() && options.output != "-") {
        for (std::size_t i = 0; i < tasks.size(); ++i)
            if (results[i].done)
                print(tasks[i], results[i]);
        if (options.device != "cpu" && std::ranges::any_of(results, &RenderResult::done))
            std::printf("rendered on %s, quality %s\n", device_name(device).c_str(), quality.c_str());
    }
    report_errors(results);
}

} // namespace

void add_render(CLI::App& program, Job& job) {
    CLI::App* command = program.add_subcommand("render", "Play audio files through a model");
    const auto options = std::make_shared<Options>();
    command->add_option("-m,--model", options->model, "Model file (.ssm)")->required();
    command
        ->add_option("IN", options->inputs,
                     "Audio files: WAV, FLAC, AIFF, Ogg, any rate and number of channels")
        ->required();
    command
        ->add_option("-o,--output", options->output,
                     "Output file, or folder for several (- for standard output)")
        ->required();
    command->add_option("--knob", options->knobs, "A knob's value, 0 to 1; without it the knob's default")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command->add_option("--rate", options->batch.expected_rate, "Refuse files of another rate (Hz)")
        ->check(CLI::Range(1000.0, 1e6));
    command->add_flag("--resample", options->batch.resample,
                      "Bring files of another rate to the model's own and back, instead of moving the model "
                      "to their rate");
    command
        ->add_option(
            "--quality", options->quality,
            "Oversampling against aliases: eco 1x, normal 2x, high 4x, offline 8x (default: normal; eco on a "
            "GPU)")
        ->check(CLI::IsMember({"eco", "normal", "high", "offline"}))
        ->capture_default_str();
    command
        ->add_option("--block", options->batch.block,
                     "Samples per call with --jobs 1; the result does not depend on it")
        ->check(CLI::Range(1, 1 << 24))
        ->capture_default_str();
    command->add_option("--format", options->format, "Default: flac24 for .flac, else wav32f")
        ->check(CLI::IsMember({"wav16", "wav24", "wav32f", "flac24"}));
    command
        ->add_option("--jobs", options->jobs,
                     "Threads: files at the same time and, where files are fewer, up to one thread per "
                     "layer and channel of each; the result does not depend on it (default: one per "
                     "processor)")
        ->check(CLI::Range(1, 1024));
    command->add_option("--shard", options->shard, "Do every N-th file from the I-th on, I from 1")
        ->type_name("I/N")
        ->capture_default_str();
    add_device_option(*command, options->device);
    add_json_option(*command, options->outputs);
    add_overwrite_option(*command, options->outputs);
    command->callback([&job, options] { job = [options] { run(*options); }; });
}

} // namespace continuo::command
