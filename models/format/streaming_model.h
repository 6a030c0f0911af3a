#pragma once

#include "dsp/gain/streaming_gain.h"
#include "dsp/instruction_set.h"
#include "dsp/oversampling/quality.h"
#include "dsp/realtime.h"
#include "dsp/streaming_stack.h"
#include "models/format/model.h"

#include <cstddef>
#include <span>
#include <variant>

namespace continuo {

/// A model made ready for one sample rate: what its audio channels share.
struct ModelAtRate {
    /// [main-thread] Allocates; milliseconds where the rate is not the trained one. Throws
    /// std::invalid_argument where the model or the rate cannot be run.
    /// \param of    outlives this object
    /// \param rate  Hz, to play at
    ModelAtRate(const Model& of, double rate)
        : model(of), sample_rate(rate),
          stack(of.is_stack() ? dsp::discretise(of.stack(), rate) : dsp::DiscreteStack{}) {}

    const Model& model;
    double sample_rate;
    dsp::DiscreteStack stack; ///< empty where the model is no stack
};

/// What is played where `asked` is asked for: a gain or selective model makes no harmonics worth oversampling
/// for, so it always runs at the rate of the audio. [any-thread]
inline dsp::Quality quality_of(const Model& model, dsp::Quality asked) {
    return model.is_stack() ? asked : dsp::Quality::eco;
}

/// One audio channel of a model of any family, as dsp::StreamingStack and dsp::GainStream have it.
/// One object belongs to one thread at a time. Movable, not copyable.
class StreamingModel {
  public:
    /// [main-thread] Allocates. Throws std::invalid_argument where the rate cannot be run or where this
    /// processor lacks the instruction set.
    explicit StreamingModel(const ModelAtRate& ready,
                            dsp::InstructionSet set = dsp::default_instruction_set())
        : player_(player_for(ready, set)) {}

    /// The same for a channel that shares with no other.
    StreamingModel(const Model& model, double sample_rate,
                   dsp::InstructionSet set = dsp::default_instruction_set())
        : StreamingModel(ModelAtRate(model, sample_rate), set) {}

    // Elsewhere: GCC 12 takes an inlined move of a variant for one of all its alternatives, uninitialised.
    StreamingModel(StreamingModel&&) noexcept;
    StreamingModel& operator=(StreamingModel&&) noexcept;
    ~StreamingModel();

    /// Jumps to rest with these knobs. [audio-thread]
    void reset(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
        with([&](auto& player) noexcept CONTINUO_REALTIME { player.reset(knobs); });
    }
    /// New targets for the knobs, reached in 20 ms. [audio-thread]
    void set_knobs(std::span<const float> targets) noexcept CONTINUO_REALTIME {
        with([&](auto& player) noexcept CONTINUO_REALTIME { player.set_knobs(targets); });
    }
    /// Runs `frames` samples; in place is allowed. [audio-thread] Allocates nothing, throws nothing.
    void process(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME {
        with([&](auto& player) noexcept CONTINUO_REALTIME { player.process(input, output, frames); });
    }

    /// Runs one sample: the same bits as process(). [audio-thread]
    float step(float input) noexcept CONTINUO_REALTIME {
        float output = 0.0f;
        process(&input, &output, 1);
        return output;
    }

  private:
    using Player = std::variant<dsp::StreamingStack, dsp::StreamingGain, dsp::StreamingSelective>;

    static Player player_for(const ModelAtRate& ready, dsp::InstructionSet set);

    // std::visit may throw, as far as a compiler can see.
    template <typename Call>
    void with(const Call& call) noexcept CONTINUO_REALTIME {
        if (auto* stack = std::get_if<dsp::StreamingStack>(&player_))
            call(*stack);
        else if (auto* gain = std::get_if<dsp::StreamingGain>(&player_))
            call(*gain);
        else if (auto* selective = std::get_if<dsp::StreamingSelective>(&player_))
            call(*selective);
    }

    Player player_;
};

} // namespace continuo
