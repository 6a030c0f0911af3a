#pragma once

#include "dsp/gain/streaming_gain.h"
#include "dsp/realtime.h"
#include "dsp/streaming_stack.h"
#include "models/format/model.h"

#include <cstddef>
#include <span>
#include <variant>

namespace continuo {

/// One audio channel of a model of either family, as dsp::StreamingStack and dsp::StreamingGain have it.
/// One object belongs to one thread at a time. Movable, not copyable.
class StreamingModel {
  public:
    /// [main-thread] Allocates. Throws std::invalid_argument where the model or the rate cannot be run.
    /// \param sample_rate  Hz, to play at
    StreamingModel(const Model& model, double sample_rate)
        : player_(model.is_gain()
                      ? Player(std::in_place_type<dsp::StreamingGain>, model.gain(), sample_rate)
                      : Player(std::in_place_type<dsp::StreamingStack>, model.stack(), sample_rate)) {}

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

  private:
    using Player = std::variant<dsp::StreamingStack, dsp::StreamingGain>;

    // std::visit may throw, as far as a compiler can see.
    template <typename Call>
    void with(const Call& call) noexcept CONTINUO_REALTIME {
        if (auto* stack = std::get_if<dsp::StreamingStack>(&player_))
            call(*stack);
        else if (auto* gain = std::get_if<dsp::StreamingGain>(&player_))
            call(*gain);
    }

    Player player_;
};

} // namespace continuo
