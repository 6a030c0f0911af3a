#pragma once

#include "dsp/instruction_set.h"
#include "dsp/oversampling/quality.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <span>
#include <utility>

namespace continuo::dsp {

/// A model that runs at a multiple of the host's rate, with the face of a model: `Model` is StreamingStack or
/// has the same reset, set_knobs, process, step and instruction_set.
///
/// As with StreamingStack, the bits do not depend on how the audio is cut, and no input can leave the state
/// poisoned. Where the factor is 1 they are the model's own bits, at its cost.
///
/// One object belongs to one thread at a time. Movable, not copyable, as the model is.
template <class Model>
class OversampledModel {
  public:
    /// Starts in the state of the model, with the filters at its resting output.
    ///
    /// [main-thread] Allocates.
    /// \param model        made for oversampling_factor(quality, sample_rate) times the host's rate
    /// \param sample_rate  of the host, Hz
    OversampledModel(Model model, Quality quality, double sample_rate)
        : OversampledModel(std::move(model), quality, sample_rate, describe(quality).kind) {}

    /// The same with another kind of filter than the quality has for playing.
    OversampledModel(Model model, Quality quality, double sample_rate, OversamplingKind kind)
        : model_(std::move(model)), oversampler_(oversampling_factor(quality, sample_rate), kind) {
        reset({});
    }

    /// Samples of the host by which the output is late: Oversampler::latency().
    /// [any-thread] Allocates nothing.
    std::size_t latency() const noexcept CONTINUO_REALTIME { return oversampler_.latency(); }

    /// How many times the host's rate the model runs at.
    /// [any-thread] Allocates nothing.
    std::size_t factor() const noexcept CONTINUO_REALTIME { return oversampler_.factor(); }

    /// Puts model and filters where silence leaves them with these knob values, in closed form: the output
    /// begins at rest, without a thump or a pre-roll.
    ///
    /// [audio-thread] Allocates nothing; costs some samples.
    /// \param knobs  as in StreamingStack::reset
    void reset(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
        model_.reset(knobs);
        if (factor() == 1)
            return;
        const float rest = model_.step(0.0f);
        model_.reset({}); // the sample that was asked for is not part of the audio
        oversampler_.reset(0.0f, rest);
    }

    /// New knob targets, as in StreamingStack::set_knobs.
    /// [audio-thread]
    void set_knobs(std::span<const float> targets) noexcept CONTINUO_REALTIME { model_.set_knobs(targets); }

    /// Runs `frames` samples of the host, full scale ±1. In place is allowed. Flush-to-zero is on during the
    /// call and restored.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing.
    void process(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME {
        if (factor() == 1)
            return model_.process(input, output, frames);
        oversampler_.process(input, output, frames, [this](float* samples, std::size_t count) {
            model_.process(samples, samples, count);
        });
    }

    /// Runs one sample of the host: the same bits as process().
    /// [audio-thread]
    float step(float input) noexcept CONTINUO_REALTIME {
        float output = 0.0f;
        process(&input, &output, 1);
        return output;
    }

    /// [any-thread]
    InstructionSet instruction_set() const noexcept { return model_.instruction_set(); }

  private:
    Model model_;
    Oversampler oversampler_;
};

} // namespace continuo::dsp
