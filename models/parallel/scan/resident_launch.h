#pragma once

#include <cstddef>

#if defined(__CUDACC__)
#include "models/cuda/cuda_device.h"
#endif

namespace continuo::parallel {

/// Kernels whose blocks of threads wait for each other: all of them must run at the same time. [main-thread]
template <class Device>
struct ResidentLaunch {
    /// How many blocks of a kernel body run at the same time. Threads of the host play one after the other.
    template <class Body>
    static std::size_t most_blocks() {
        return 1;
    }
    /// Runs a kernel body with at most most_blocks() blocks; on the host, with any number of blocks that wait
    /// for those before them alone.
    template <class Body>
    static void run(Device& device, std::size_t blocks, const typename Body::Arguments& arguments) {
        device.template launch<Body>(blocks, arguments);
    }
};

#if defined(__CUDACC__)
/// Throws std::runtime_error where CUDA reports an error.
template <>
struct ResidentLaunch<CudaDevice> {
    template <class Body>
    static std::size_t most_blocks() {
        const int bytes = int(Body::shared_floats * sizeof(float));
        int device = 0, multiprocessors = 0, blocks = 0;
        check(cudaGetDevice(&device), "cudaGetDevice");
        check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device),
              "cudaDeviceGetAttribute");
        check(cudaFuncSetAttribute(run_body<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
              "cudaFuncSetAttribute");
        check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, run_body<Body>, Body::threads,
                                                            std::size_t(bytes)),
              "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
        return std::size_t(multiprocessors) * std::size_t(blocks);
    }
    template <class Body>
    static void run(CudaDevice& device, std::size_t blocks, const typename Body::Arguments& arguments) {
        cudaLaunchAttribute together{};
        together.id = cudaLaunchAttributeCooperative;
        together.val.cooperative = 1;
        cudaLaunchConfig_t config{};
        config.gridDim = dim3(unsigned(blocks));
        config.blockDim = dim3(unsigned(Body::threads));
        config.dynamicSmemBytes = Body::shared_floats * sizeof(float);
        config.stream = device.stream(CudaDevice::Queue::compute);
        config.attrs = &together;
        config.numAttrs = 1;
        check(cudaLaunchKernelEx(&config, run_body<Body>, arguments), "cudaLaunchKernelEx");
    }
};
#endif

} // namespace continuo::parallel
