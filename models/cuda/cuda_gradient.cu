// Training on a GPU: the part of the library that takes longest to compile.
#include "models/cuda/cuda_gradient.h"

#include "models/cuda/cuda_device.h"
#include "models/parallel/stack_gradient_engine.h"

namespace continuo::parallel {

GradientEngine* make_cuda_gradient_engine(const GradientSetup& setup) {
    return make_stack_gradient_engine<CudaDevice>(setup, gradient_round_frames(setup.layout));
}

} // namespace continuo::parallel
