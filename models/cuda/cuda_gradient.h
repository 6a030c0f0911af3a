#pragma once

#include "models/parallel/gradient_engine.h"

namespace continuo::parallel {

/// CudaEngine::make_gradient_engine(), on the current device.
GradientEngine* make_cuda_gradient_engine(const GradientSetup& setup);

} // namespace continuo::parallel
