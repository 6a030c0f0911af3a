#pragma once

#include "models/operations/stack_gradient.h"
#include "models/parallel/render_engine.h"

#include <span>
#include <string>
#include <vector>

namespace continuo::parallel {

/// Why the kernels for a GPU do not hold such a stack, for people; empty where they do. [any-thread]
std::string unfit_for_gpu(const dsp::StackShape& shape, dsp::Activation activation);

/// A stack at one setting of its knobs with where it rests: what a RenderEngine is made from.
class PreparedRender {
  public:
    /// At the rate that the stack was trained at.
    ///
    /// [any-thread] Allocates. Throws std::invalid_argument where unfit_for_gpu() has a reason or where the
    /// number of knobs is not the stack's.
    ///
    /// \param knobs  one value in [0, 1] per knob
    PreparedRender(const dsp::StackParameters& stack, std::span<const float> knobs);

    /// Points into this object.
    RenderStack view() const;

  private:
    operations::PreparedStack prepared_;
    std::vector<double> equilibrium_;
    float input_scale_, output_scale_;
};

} // namespace continuo::parallel
