#pragma once

#include "dsp/oversampling/quality.h"
#include "models/audio/audio_file.h"
#include "models/format/model.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace continuo {

class RenderTeam;

/// How to play audio through a model. Neither the block nor the threads change a bit of the result: with eco
/// it is what dsp::StreamingStack makes of the audio, with another quality what it makes at a multiple of the
/// rate between linear-phase half-band filters, whose latency is taken off.
struct RenderOptions {
    std::vector<float> knobs; ///< one value in 0 to 1 per knob of the model
    std::size_t block = 1024; ///< samples handed to the model at once where one thread renders, 1 or more
    /// Told now and then how many samples of the audio are done since the last call, on the calling thread.
    std::function<void(std::size_t)> progress = {};
    /// 1 or more. Up to one per layer and channel has something to do: the layers work on neighbouring pieces
    /// of the audio at the same time. Memory for a few pieces per layer, however long the audio.
    std::size_t threads = 1;
    dsp::Quality quality = dsp::Quality::eco;
};

/// Plays one channel through the model, from rest at the model's equilibrium. As many samples come out as go
/// in, and none of them is late. In place is allowed. \param sample_rate  Hz; the model runs at this rate,
/// whatever rate it was trained at [any-thread] Allocates; starts threads where `options.threads` is above 1.
/// Throws std::invalid_argument where the sizes differ or the rate cannot be run, and what the progress
/// throws.
void render_channel(const Model& model, std::span<const float> input, std::span<float> output,
                    double sample_rate, const RenderOptions& options);

/// Plays every channel through a model of its own, in place. \param audio  channels of equal lengths
/// [any-thread] Allocates and throws as render_channel does.
void render_audio(const Model& model, Audio& audio, const RenderOptions& options);

/// The same as a member of a team, whose other members help when they have nothing else to do.
/// `options.threads` counts for nothing. [any-thread] Of a member. Throws as render_channel does.
void render_audio(const Model& model, Audio& audio, const RenderOptions& options, RenderTeam& team);

} // namespace continuo
