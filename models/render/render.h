#pragma once

#include "models/audio/audio_file.h"
#include "models/format/model.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace continuo {

/// How to play audio through a model. The block changes no bit of the result.
struct RenderOptions {
    std::vector<float> knobs; ///< one value in 0 to 1 per knob of the model
    std::size_t block = 1024; ///< samples handed to the model at once, 1 or more
    /// Told now and then how many samples of the audio are done since the last call, on the rendering thread.
    std::function<void(std::size_t)> progress = {};
};

/// Plays one channel through the model, from rest at the model's equilibrium. As many samples come out as go
/// in, and none of them is late. In place is allowed. \param sample_rate  Hz; the model runs at this rate,
/// whatever rate it was trained at [any-thread] Allocates. Throws std::invalid_argument where the sizes
/// differ or the rate cannot be run.
void render_channel(const Model& model, std::span<const float> input, std::span<float> output,
                    double sample_rate, const RenderOptions& options);

/// Plays every channel through a model of its own, in place.
/// [any-thread] Allocates. Throws as render_channel does.
void render_audio(const Model& model, Audio& audio, const RenderOptions& options);

} // namespace continuo
