#pragma once

#include "dsp/oversampling/quality.h"
#include "models/audio/audio_file.h"
#include "models/format/model.h"
#include "models/render/device_renderer.h"

#include <cstddef>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace continuo::command {

/// A file to play through the model.
struct RenderTask {
    std::filesystem::path input, output; ///< output "-": standard output
    SampleFormat format;
};

struct RenderResult {
    double sample_rate = 0.0;
    double played_at = 0.0; ///< Hz; the rate that the model saw, before oversampling
    std::size_t channels = 0, frames = 0;
    WrittenAudio written;
    std::exception_ptr error; ///< why there is no output
    bool done = false;
};

struct BatchOptions {
    std::vector<float> knobs;   ///< as in RenderOptions
    std::size_t block = 1024;   ///< as in RenderOptions
    std::size_t jobs = 1;       ///< threads: files at the same time, and where files are few, their parts
    double expected_rate = 0.0; ///< Hz; files of another rate are refused; 0: any
    bool resample = false;      ///< bring files to the model's own rate and back, not the model to theirs
    bool overwrite = false;
    dsp::Quality quality = dsp::Quality::eco;
    DeviceRenderer* device = nullptr; ///< a GPU, for files at the model's own rate; null: the CPU
};

/// Where each input goes: to `output` itself, or into it where it is a folder.
/// [main-thread] Throws BadInput where two would have one name, or the name tells no format.
std::vector<RenderTask> list_tasks(const std::vector<std::string>& inputs, const std::string& output,
                                   std::optional<SampleFormat> format);

/// Every N-th of the tasks, from the I-th on, for `shard` "I/N" with I in 1 to N.
/// [main-thread] Throws BadInput.
std::vector<RenderTask> pick_shard(const std::vector<RenderTask>& tasks, const std::string& shard);

/// Renders them all, with a progress bar. A bad input costs its own file alone; a failed job ends the batch.
/// The results are in the order of the tasks. [main-thread] Starts threads. Throws nothing of its own but
/// std::bad_alloc.
std::vector<RenderResult> render_batch(const Model& model, const std::vector<RenderTask>& tasks,
                                       const BatchOptions& options);

} // namespace continuo::command
