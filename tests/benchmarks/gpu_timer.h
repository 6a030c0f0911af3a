#pragma once

#include "models/cuda/cuda_device.h"

#include <cstddef>
#include <vector>

namespace scan_speed {

/// What a queue of a GPU takes. Throws std::runtime_error where CUDA reports an error. [main-thread]
class Timer {
  public:
    explicit Timer(cudaStream_t stream) : stream_(stream) {
        for (cudaEvent_t& event : events_)
            continuo::parallel::check(cudaEventCreate(&event), "cudaEventCreate");
    }
    ~Timer() {
        for (const cudaEvent_t event : events_)
            cudaEventDestroy(event);
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Seconds of each call of run(repetition) but the first, by the GPU's clock.
    template <class Function>
    std::vector<double> operator()(std::size_t repetitions, Function run) {
        run(std::size_t(0));
        std::vector<double> times;
        for (std::size_t i = 0; i < repetitions; ++i) {
            continuo::parallel::check(cudaEventRecord(events_[0], stream_), "cudaEventRecord");
            run(i);
            continuo::parallel::check(cudaEventRecord(events_[1], stream_), "cudaEventRecord");
            continuo::parallel::check(cudaEventSynchronize(events_[1]), "cudaEventSynchronize");
            float milliseconds = 0.0f;
            continuo::parallel::check(cudaEventElapsedTime(&milliseconds, events_[0], events_[1]),
                                      "cudaEventElapsedTime");
            times.push_back(double(milliseconds) * 1e-3);
        }
        return times;
    }

  private:
    cudaStream_t stream_;
    cudaEvent_t events_[2];
};

} // namespace scan_speed
