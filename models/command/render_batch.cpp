#include "models/command/render_batch.h"

#include "models/command/output.h"
#include "models/command/progress_bar.h"
#include "models/common/errors.h"
#include "models/render/render.h"
#include "models/render/render_team.h"
#include "models/render/resample.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <system_error>

namespace continuo::command {

namespace {

namespace filesystem = std::filesystem;

SampleFormat format_of(const filesystem::path& output, std::optional<SampleFormat> asked) {
    if (output == "-")
        return asked.value_or(SampleFormat::wav32f);
    const bool flac = output.extension() == ".flac";
    if (!flac && output.extension() != ".wav")
        throw BadInput(output.string(), "the name does not say what kind of file to write",
                       "end it in .wav or .flac");
    const SampleFormat format = asked.value_or(flac ? SampleFormat::flac24 : SampleFormat::wav32f);
    if ((format == SampleFormat::flac24) != flac)
        throw BadInput(output.string(), "its name and --format disagree",
                       "name WAV files .wav and FLAC files .flac");
    return format;
}

void expect_sane_output(const RenderTask& task, bool overwrite) {
    if (task.output == "-")
        return;
    std::error_code error;
    if (filesystem::equivalent(task.input, task.output, error))
        throw BadInput(task.output.string(), "the output is the input itself", "name another file");
    expect_writable(task.output, overwrite);
}

void expect_rate(const RenderTask& task, double rate, double expected) {
    if (rate < 1000.0 || rate > 1e6)
        throw BadInput(task.input.string(),
                       "its rate of " + number(rate, 9) + " Hz is outside 1 kHz to 1 MHz",
                       "convert it first with: sox IN -r 48000 OUT");
    if (expected > 0.0 && rate != expected)
        throw BadInput(task.input.string(),
                       "its rate is " + number(rate, 9) + " Hz and not the " + number(expected, 9) +
                           " Hz of --rate, and conversion is not offered",
                       "convert it first with: sox IN -r " + number(expected, 9) + " OUT");
}

void expect_convertible(const RenderTask& task, double rate, double model_rate) {
    if (!can_resample(rate, model_rate))
        throw BadInput(task.input.string(),
                       "--resample cannot convert its rate of " + number(rate, 9) + " Hz to the model's of " +
                           number(model_rate, 9) + " Hz, more than 256 times the other",
                       "render it without --resample");
}

RenderResult render_one(const Model& model, const RenderTask& task, const BatchOptions& options,
                        RenderTeam& team, const std::function<void(double)>& progress) {
    expect_sane_output(task, options.overwrite);
    Audio audio = read_audio(task.input);
    expect_rate(task, audio.sample_rate, options.expected_rate);
    const double rate = options.resample ? model.sample_rate() : audio.sample_rate;
    expect_convertible(task, audio.sample_rate, rate);
    RenderResult result{audio.sample_rate, rate, audio.channels.size(), audio.frames(), {}, {}, false};
    at_rate(audio, rate, [&](Audio& brought) {
        const double samples = double(brought.channels.size()) * double(brought.frames());
        const auto report = [&](std::size_t frames) { progress(double(frames) / samples); };
        // The GPU's kernels run a model at its own rate alone.
        if (options.device != nullptr && options.quality == dsp::Quality::eco &&
            brought.sample_rate == model.sample_rate())
            options.device->render(brought, report);
        else
            render_audio(model, brought, {options.knobs, options.block, report, 1, options.quality}, team);
    });
    result.written = write_audio(task.output, audio, task.format, options.overwrite);
    result.done = true;
    return result;
}

} // namespace

std::vector<RenderTask> list_tasks(const std::vector<std::string>& inputs, const std::string& output,
                                   std::optional<SampleFormat> format) {
    std::error_code error;
    const bool folder = filesystem::is_directory(output, error);
    if (!folder && (inputs.size() > 1 || output.ends_with('/')))
        throw BadInput(output, "there is no such folder for the output",
                       "create it first, or name one file for one input");
    std::vector<RenderTask> tasks;
    std::map<filesystem::path, std::string> taken;
    for (const std::string& input : inputs) {
        filesystem::path target = output;
        if (folder)
            target /=
                filesystem::path(input).stem().string() + (format == SampleFormat::flac24 ? ".flac" : ".wav");
        if (const auto [other, fresh] = taken.emplace(target, input); !fresh)
            throw BadInput(input, "its output would have the same name as that of " + other->second,
                           "render them into two folders");
        tasks.push_back({input, target, format_of(target, format)});
    }
    return tasks;
}

std::vector<RenderTask> pick_shard(const std::vector<RenderTask>& tasks, const std::string& shard) {
    std::size_t index = 0, count = 0;
    const char *first = shard.data(), *last = first + shard.size();
    const auto [slash, index_error] = std::from_chars(first, last, index);
    const bool has_slash = index_error == std::errc{} && slash != last && *slash == '/';
    const auto [end, count_error] = std::from_chars(has_slash ? slash + 1 : last, last, count);
    if (!has_slash || count_error != std::errc{} || end != last || index < 1 || index > count)
        throw BadInput("--shard", "\"" + shard + "\" is not a share of the files",
                       "write I/N with I from 1 to N, as in 2/8");
    std::vector<RenderTask> picked;
    for (std::size_t i = index - 1; i < tasks.size(); i += count)
        picked.push_back(tasks[i]);
    return picked;
}

std::vector<RenderResult> render_batch(const Model& model, const std::vector<RenderTask>& tasks,
                                       const BatchOptions& options) {
    std::vector<RenderResult> results(tasks.size());
    ProgressBar bar("Rendering");
    std::mutex mutex;
    double files_done = 0.0;
    const auto progress = [&](double fraction_of_file) {
        const std::lock_guard lock(mutex);
        files_done += fraction_of_file;
        bar.update(files_done / double(tasks.size()), -1.0);
    };

    std::atomic<std::size_t> next = 0;
    std::atomic<bool> stop = false;
    RenderTeam::gather(options.jobs, [&](RenderTeam& team, std::size_t) {
        for (std::size_t index = next++; index < tasks.size() && !stop; index = next++) {
            try {
                results[index] = render_one(model, tasks[index], options, team, progress);
            } catch (const BadInput&) {
                results[index].error = std::current_exception();
            } catch (...) {
                results[index].error = std::current_exception();
                stop = true;
            }
        }
    });
    return results;
}

} // namespace continuo::command
