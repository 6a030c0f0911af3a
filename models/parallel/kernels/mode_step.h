#pragma once

#include "models/parallel/portable.h"

namespace continuo::parallel {

/// One sample more of a mode, z ← z + (δ z + v): the increment is summed first, so that a slow mode's large z
/// is rounded once.
CONTINUO_HOST_DEVICE void step_mode(float delta_real, float delta_imag, float v, float& real, float& imag) {
    const float more_real = fused(-delta_imag, imag, fused(delta_real, real, v));
    const float more_imag = fused(delta_imag, real, delta_real * imag);
    real += more_real;
    imag += more_imag;
}

} // namespace continuo::parallel
