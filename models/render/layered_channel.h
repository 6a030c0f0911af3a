#pragma once

#include "dsp/layered_stack.h"
#include "dsp/oversampling/oversampler.h"
#include "models/render/wavefront.h"

#include <xsimd/memory/xsimd_aligned_allocator.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace continuo {

/// One channel of audio on its way through a stack whose layers run apart, at its own rate or at a multiple
/// of it between linear-phase filters, whose latency is taken off: a chain of a Wavefront. Its stages are the
/// way up, the layers and the way down; at its own rate the layers alone.
///
/// [any-thread] One call per stage at a time, segments in their order. Movable, not copyable.
class LayeredChannel {
  public:
    /// Segments under way beyond one for each stage: what one may get ahead of the next before it waits.
    static constexpr std::size_t spare_segments = 4;

    /// Starts at the equilibrium of these knobs. [main-thread] Allocates.
    ///
    /// \param discrete       of the stack, at `factor` times the rate of the audio
    /// \param factor         1, 2, 4 or 8
    /// \param input, output  equally long; in place is allowed
    LayeredChannel(const dsp::StackParameters& stack, const dsp::DiscreteStack& discrete,
                   std::span<const float> knobs, std::size_t factor, std::span<const float> input,
                   std::span<float> output);

    std::size_t stages() const { return stack_.layers() + (factor_ > 1 ? 2 : 0); }
    std::size_t segments() const;
    std::size_t window() const; ///< segments that have memory

    /// Runs one stage on one segment. Allocates nothing, throws nothing.
    void run(const WavefrontTask& task);

  private:
    using AlignedFloats = std::vector<float, xsimd::aligned_allocator<float, 64>>;

    void go_up(std::size_t begin, std::size_t frames, float* samples);
    void go_down(std::size_t begin, std::size_t frames, float* samples);

    dsp::LayeredStack stack_;
    std::size_t factor_;
    dsp::Oversampler up_, down_; // the way up and the way down run apart: each has a state of its own
    std::span<const float> input_;
    std::span<float> output_;
    std::size_t length_;        // samples of the audio, and as many more as the filters are late
    AlignedFloats between_;     // what goes from layer to layer [window][segment_frames][width]
    AlignedFloats oversampled_; // [window][segment_frames]; empty at the audio's own rate
};

} // namespace continuo
