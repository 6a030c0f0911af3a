#pragma once

#include "models/parallel/gradient_engine.h"
#include "models/parallel/render_engine.h"

#include <cstddef>

namespace continuo::parallel {

/// What the shared library continuo_cuda offers, behind one function, so that the program itself needs
/// neither CUDA nor a GPU. Both sides are built together; the version guards against an older library left
/// lying about.
class CudaEngine {
  public:
    static constexpr int version = 2;

    virtual ~CudaEngine() = default;
    CudaEngine() = default;
    CudaEngine(const CudaEngine&) = delete;
    CudaEngine& operator=(const CudaEngine&) = delete;

    virtual const char* device_name() const = 0;

    /// [main-thread] The caller owns it. Throws std::runtime_error where the device has no memory left.
    virtual RenderEngine* make_renderer(const RenderStack& stack) = 0;

    /// For a stack that fits_parallel(). [main-thread] The caller owns it. Throws std::runtime_error where
    /// the device has no memory left.
    virtual GradientEngine* make_gradient_engine(const GradientSetup& setup) = 0;
};

/// The symbol continuo_open_cuda of the library. Null, with a reason in `reason`, where `version` is not its
/// own or there is no device to be had; the caller owns the engine.
using OpenCuda = CudaEngine*(int version, char* reason, std::size_t size);

} // namespace continuo::parallel
