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

std::string unfit_for_gpu(const Model& model) {
    if (!model.is_stack())
        return std::string("a model of the family ") + model.family() + " runs on the processor alone";
    return parallel::unfit_for_gpu(model.stack().shape, model.stack().activation);
}

DeviceRenderer::DeviceRenderer(const Model& model, std::span<const float> knobs,
                               parallel::CudaEngine& device) {
    const parallel::PreparedRender prepared(model.stack(), knobs);
    parallel::on_device([&] { engine_.reset(device.make_renderer(prepared.view())); });
}

void DeviceRenderer::render(Audio& audio, const std::function<void(std::size_t)>& progress) {
    std::vector<parallel::RenderJob> jobs;
    for (std::vector<float>& channel : audio.channels)
        jobs.push_back({channel.data(), channel.data(), channel.size()});
    Progress told{progress, nullptr};
    const std::lock_guard lock(mutex_);
    parallel::on_device([&] { engine_->run(jobs.data(), jobs.size(), &Progress::told, &told); });
    if (told.failure)
        std::rethrow_exception(told.failure);
}

} // namespace continuo
