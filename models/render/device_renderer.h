#pragma once

#include "models/audio/audio_file.h"
#include "models/format/model.h"
#include "models/parallel/cuda_engine.h"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace continuo {

/// Why the kernels for a GPU do not hold this model, for people; empty where they do. [any-thread]
std::string unfit_for_gpu(const Model& model);

/// Plays audio through a model on a GPU: within 5e-6 of the real-time core, relative to the loudest sample,
/// and the same bits every time.
class DeviceRenderer {
  public:
    /// \param model, device  must outlive this
    /// \param knobs          one value in 0 to 1 per knob of the model
    /// [main-thread] Allocates. Throws std::invalid_argument where unfit_for_gpu() has a reason,
    /// JobFailed where the GPU fails.
    DeviceRenderer(const Model& model, std::span<const float> knobs, parallel::CudaEngine& device);

    /// Plays every channel through a model of its own, in place, each from rest at the model's equilibrium.
    /// [any-thread] One caller has the GPU at a time, the others wait. Allocates. Throws JobFailed where the
    /// GPU fails, and what `progress` throws.
    ///
    /// \param audio     at the rate that the model was trained at: the kernels know no other
    /// \param progress  told now and then how many samples are done since the last call
    void render(Audio& audio, const std::function<void(std::size_t)>& progress);

  private:
    std::mutex mutex_;
    std::unique_ptr<parallel::RenderEngine> engine_;
};

} // namespace continuo
