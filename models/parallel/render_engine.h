#pragma once

#include "models/operations/stack_layout.h"

#include <cstddef>

namespace continuo::parallel {

using operations::StackLayout;

/// A stack as the parallel back ends take it. Plain pointers, valid while the engine is made.
struct RenderStack {
    StackLayout layout;
    const float* coefficients; ///< [layout.size()], as operations::PreparedStack holds them
    const double* equilibrium; ///< the state at rest [layer][mode][real, imaginary][channel]
    float input_scale, output_scale, decoder_bias;
};

/// One channel of audio.
struct RenderJob {
    const float* input;
    float* output; ///< as long as input; may be input
    std::size_t frames;
};

/// Plays audio through a stack, parallel in time.
class RenderEngine {
  public:
    virtual ~RenderEngine() = default;
    RenderEngine() = default;
    RenderEngine(const RenderEngine&) = delete;
    RenderEngine& operator=(const RenderEngine&) = delete;

    /// Runs all jobs, each from rest; the same bits in whatever company. [any-thread] One call at a time.
    /// Throws std::runtime_error where the device fails.
    ///
    /// \param progress  told with `context` how many samples have been done since it was told last, or null
    virtual void run(const RenderJob* jobs, std::size_t count,
                     void (*progress)(void* context, std::size_t samples), void* context) = 0;
};

/// Stacks beyond these sizes are left to the real-time core. [any-thread]
constexpr bool fits_parallel(int channels, int modes) {
    return channels <= 16 && modes <= 16;
}

} // namespace continuo::parallel
