#include "models/render/device_renderer.h"

#include "models/audio/audio_file.h"
#include "models/parallel/on_device.h"
#include "models/parallel/render_stack.h"

#include <exception>

namespace continuo {

namespace {

/// Takes what a progress function throws over the border of the library, whose functions know no exceptions
/// of ours.
struct Progress {
    const std::function<void(std::size_t)>& tell;
    std::exception_ptr failure;

    static void told(void* self, std::size_t samples) {
        auto& progress = *static_cast<Progress*>(self);
        try {
            if (!progress.failure && progress.tell)
                progress.tell(samples);
        } catch (...) {
            progress.failure = std::current_exception();
        }
    }
};

} // namespace

bool DeviceRenderer::fits(const Model& model) {
    return !model.is_gain() &&
           parallel::fits_parallel(int(model.stack().shape.channels), int(model.stack().shape.modes));
}

DeviceRenderer::DeviceRenderer(const Model& model, std::span<const float> knobs, parallel::CudaEngine& device)
    : model_(model), knobs_(knobs.begin(), knobs.end()), device_(device) {}

parallel::RenderEngine& DeviceRenderer::engine_at(double sample_rate) {
    std::unique_ptr<parallel::RenderEngine>& engine = engines_[sample_rate];
    if (!engine)
        engine.reset(
            device_.make_renderer(parallel::PreparedRender(model_.stack(), sample_rate, knobs_).view()));
    return *engine;
}

void DeviceRenderer::render(Audio& audio, const std::function<void(std::size_t)>& progress) {
    std::vector<parallel::RenderJob> jobs;
    for (std::vector<float>& channel : audio.channels)
        jobs.push_back({channel.data(), channel.data(), channel.size()});
    Progress told{progress, nullptr};
    const std::lock_guard lock(mutex_);
    parallel::on_device(
        [&] { engine_at(audio.sample_rate).run(jobs.data(), jobs.size(), &Progress::told, &told); });
    if (told.failure)
        std::rethrow_exception(told.failure);
}

} // namespace continuo
