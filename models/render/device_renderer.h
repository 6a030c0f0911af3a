#pragma once

#include "models/audio/audio_file.h"
#include "models/format/model.h"
#include "models/parallel/cuda_engine.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace continuo {

/// Plays audio through a model on a GPU: within 5e-6 of the real-time core, relative to the loudest sample,
/// and the same bits every time.
class DeviceRenderer {
  public:
    /// Whether the GPU's kernels hold this model: a stack of up to 16 channels of up to 16 modes.
    /// [any-thread]
    static bool fits(const Model& model);

    /// \param model, device  must outlive this
    /// \param knobs          one value in 0 to 1 per knob of the model
    /// [main-thread] Allocates.
    DeviceRenderer(const Model& model, std::span<const float> knobs, parallel::CudaEngine& device);

    /// Plays every channel through a model of its own, in place, each from rest at the model's equilibrium.
    /// [any-thread] One caller has the GPU at a time, the others wait. Allocates. Throws
    /// std::invalid_argument where the rate cannot be run, JobFailed where the GPU fails, and what
    /// `progress` throws.
    ///
    /// \param progress  told now and then how many samples are done since the last call
    void render(Audio& audio, const std::function<void(std::size_t)>& progress);

  private:
    parallel::RenderEngine& engine_at(double sample_rate);

    const Model& model_;
    std::vector<float> knobs_;
    parallel::CudaEngine& device_;
    std::mutex mutex_;
    std::map<double, std::unique_ptr<parallel::RenderEngine>> engines_; ///< by sample rate
};

} // namespace continuo
