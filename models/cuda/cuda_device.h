#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace continuo::parallel {

/// Throws std::runtime_error with CUDA's own words where a call failed.
inline void check(cudaError_t status, const char* what) {
    if (status != cudaSuccess)
        throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}

class CudaGroup {
  public:
    __device__ __forceinline__ explicit CudaGroup(float* shared) : shared_(shared) {}
    __device__ __forceinline__ int thread() const { return int(threadIdx.x); }
    __device__ __forceinline__ int block() const { return int(blockIdx.x); }
    __device__ __forceinline__ float* shared() const { return shared_; }
    __device__ __forceinline__ void barrier() const { __syncthreads(); }

  private:
    float* shared_;
};

template <class Body>
__global__ void __launch_bounds__(Body::threads, Body::blocks_per_multiprocessor)
    run_body(const __grid_constant__ typename Body::Arguments arguments) {
    extern __shared__ float4 shared_memory[];
    CudaGroup group(reinterpret_cast<float*>(shared_memory));
    Body::run(arguments, group);
}

/// One GPU: memory, queues (streams), events between them, kernels, graphs. [main-thread] Every call
/// throws std::runtime_error where CUDA reports an error.
class CudaDevice {
  public:
    enum class Queue { compute, other_compute, upload, download };

    CudaDevice() {
        for (cudaStream_t& stream : streams_)
            check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
    }
    ~CudaDevice() {
        for (const cudaStream_t stream : streams_)
            cudaStreamDestroy(stream);
    }
    CudaDevice(const CudaDevice&) = delete;
    CudaDevice& operator=(const CudaDevice&) = delete;

    /// Memory of the GPU. T is trivially copyable.
    template <class T, bool Pinned>
    class Memory {
      public:
        Memory() = default;
        explicit Memory(std::size_t count) : count_(count) {
            if (count == 0)
                return;
            void* memory = nullptr;
            if constexpr (Pinned)
                check(cudaMallocHost(&memory, count * sizeof(T)), "cudaMallocHost");
            else
                check(cudaMalloc(&memory, count * sizeof(T)), "cudaMalloc");
            values_ = static_cast<T*>(memory);
        }
        Memory(Memory&& other) noexcept
            : values_(std::exchange(other.values_, nullptr)), count_(std::exchange(other.count_, 0)) {}
        Memory& operator=(Memory&& other) noexcept {
            std::swap(values_, other.values_);
            std::swap(count_, other.count_);
            return *this;
        }
        ~Memory() {
            if constexpr (Pinned)
                cudaFreeHost(values_);
            else
                cudaFree(values_);
        }
        T* data() const { return values_; }
        std::size_t size() const { return count_; }

      private:
        T* values_ = nullptr;
        std::size_t count_ = 0;
    };
    template <class T>
    using Array = Memory<T, false>;
    /// Memory of the host that the GPU reads and writes by itself.
    template <class T>
    using Staging = Memory<T, true>;

    class Event {
      public:
        Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreate"); }
        Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
        Event& operator=(Event&& other) noexcept {
            std::swap(event_, other.event_);
            return *this;
        }
        ~Event() {
            if (event_ != nullptr)
                cudaEventDestroy(event_);
        }

      private:
        friend class CudaDevice;
        cudaEvent_t event_ = nullptr;
    };

    /// Either side may be Array or Staging memory, and Staging or Array the other.
    template <class T>
    void copy(Queue queue, T* to, const T* from, std::size_t count) {
        if (count > 0)
            check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDefault, stream(queue)),
                  "cudaMemcpyAsync");
    }
    Event record(Queue queue) {
        Event event;
        check(cudaEventRecord(event.event_, stream(queue)), "cudaEventRecord");
        return event;
    }
    void wait(Queue queue, const Event& event) {
        check(cudaStreamWaitEvent(stream(queue), event.event_, 0), "cudaStreamWaitEvent");
    }
    void finish(const Event& event) { check(cudaEventSynchronize(event.event_), "cudaEventSynchronize"); }

    class Graph {
      public:
        Graph() = default;
        Graph(Graph&& other) noexcept : graph_(std::exchange(other.graph_, nullptr)) {}
        Graph& operator=(Graph&& other) noexcept {
            std::swap(graph_, other.graph_);
            return *this;
        }
        ~Graph() {
            if (graph_ != nullptr)
                cudaGraphExecDestroy(graph_);
        }
        explicit operator bool() const { return graph_ != nullptr; }

      private:
        friend class CudaDevice;
        cudaGraphExec_t graph_ = nullptr;
    };
    /// What `run` puts on the compute queue becomes a graph, which replay() starts as one.
    template <class Function>
    Graph capture(Function run) {
        check(cudaStreamBeginCapture(stream(Queue::compute), cudaStreamCaptureModeThreadLocal),
              "cudaStreamBeginCapture");
        cudaGraph_t graph = nullptr;
        try {
            run();
        } catch (...) {
            cudaStreamEndCapture(stream(Queue::compute), &graph);
            if (graph != nullptr)
                cudaGraphDestroy(graph);
            throw;
        }
        check(cudaStreamEndCapture(stream(Queue::compute), &graph), "cudaStreamEndCapture");
        Graph executable;
        const cudaError_t status = cudaGraphInstantiate(&executable.graph_, graph, 0);
        cudaGraphDestroy(graph);
        check(status, "cudaGraphInstantiate");
        return executable;
    }
    void replay(const Graph& graph) {
        check(cudaGraphLaunch(graph.graph_, stream(Queue::compute)), "cudaGraphLaunch");
    }

    /// Runs a kernel body.
    template <class Body>
    void launch(std::size_t blocks, const typename Body::Arguments& arguments, Queue queue = Queue::compute) {
        if (blocks == 0)
            return;
        const std::size_t bytes = Body::shared_floats * sizeof(float);
        if (bytes > 48 * 1024)
            check(
                cudaFuncSetAttribute(run_body<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize, int(bytes)),
                "cudaFuncSetAttribute");
        run_body<Body><<<unsigned(blocks), Body::threads, bytes, stream(queue)>>>(arguments);
        check(cudaGetLastError(), "kernel launch");
    }

    cudaStream_t stream(Queue queue) const { return streams_[int(queue)]; }

  private:
    cudaStream_t streams_[4] = {};
};

} // namespace continuo::parallel
