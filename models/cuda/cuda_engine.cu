// The shared library that is loaded where --device asks for a GPU.
#include "models/cuda/cuda_device.h"
#include "models/cuda/cuda_gradient.h"
#include "models/parallel/cuda_engine.h"
#include "models/parallel/kernel_size.h"
#include "models/parallel/stack_renderer.h"

#include <cstdio>
#include <exception>

namespace continuo::parallel {
namespace {

constexpr std::size_t round_frames = std::size_t(1) << 21;

class Engine : public CudaEngine {
  public:
    Engine() {
        int devices = 0;
        const cudaError_t status = cudaGetDeviceCount(&devices);
        if (status == cudaErrorInsufficientDriver)
            throw std::runtime_error("there is no NVIDIA driver, or one that is too old");
        if (status == cudaErrorNoDevice || (status == cudaSuccess && devices == 0))
            throw std::runtime_error("there is no NVIDIA GPU");
        check(status, "cudaGetDeviceCount");
        cudaDeviceProp properties{};
        check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
        std::snprintf(name_, sizeof name_, "%s", properties.name);
        check(cudaSetDevice(0), "cudaSetDevice");
    }

    const char* device_name() const override { return name_; }

    RenderEngine* make_renderer(const RenderStack& stack) override {
        return with_kernel_size(stack.layout, [&](auto channels, auto modes) -> RenderEngine* {
            return new StackRenderer<CudaDevice, decltype(channels)::value, decltype(modes)::value>(
                stack, round_frames, render_segment_frames);
        });
    }

    GradientEngine* make_gradient_engine(const GradientSetup& setup) override {
        return make_cuda_gradient_engine(setup);
    }

  private:
    char name_[256] = {};
};

} // namespace
} // namespace continuo::parallel

extern "C" __attribute__((visibility("default"))) continuo::parallel::CudaEngine*
continuo_open_cuda(int version, char* reason, std::size_t size) {
    using namespace continuo::parallel;
    if (version != CudaEngine::version) {
        std::snprintf(reason, size, "it is of another version of this program");
        return nullptr;
    }
    try {
        return new Engine;
    } catch (const std::exception& error) {
        std::snprintf(reason, size, "%s", error.what());
        return nullptr;
    }
}
