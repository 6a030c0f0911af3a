#pragma once

#include "models/operations/stack_gradient.h"
#include "models/parallel/render_engine.h"

#include <span>
#include <vector>

namespace continuo::parallel {

/// A stack at one setting of its knobs with where it rests: what a RenderEngine is made from.
class PreparedRender {
  public:
    /// [any-thread] Allocates. Throws std::invalid_argument above 16 channels or where the number of knobs is
    /// not the stack's.
    ///
    /// \param sample_rate  Hz, of the audio; the poles move exactly (zero-order hold)
    /// \param knobs        one value in [0, 1] per knob
    PreparedRender(const dsp::StackParameters& stack, double sample_rate, std::span<const float> knobs);

    /// Points into this object.
    RenderStack view() const;

  private:
    operations::PreparedStack prepared_;
    std::vector<double> equilibrium_;
    float input_scale_, output_scale_;
};

} // namespace continuo::parallel
