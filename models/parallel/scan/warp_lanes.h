#pragma once

#include "models/parallel/scan/half_pair.h"

// What the threads of a warp tell each other without shared memory: on a GPU from register to register, on
// the host through memory of the block's.

namespace continuo::parallel {

/// Waits for the threads of the warp, and makes what they wrote into shared memory seen. All threads of a
/// block come here equally often: the host waits for all of them.
template <class Group>
CONTINUO_HOST_DEVICE void warp_barrier(Group& group) {
#if defined(__CUDA_ARCH__)
    static_cast<void>(group);
    __syncwarp();
#elif !defined(__CUDACC__)
    group.barrier();
#else
    static_cast<void>(group);
#endif
}

/// Floats of shared memory that WarpLanes needs on the host; none on a GPU.
#if defined(__CUDACC__)
template <int Threads>
inline constexpr int warp_lanes_floats = 0;
#else
template <int Threads>
inline constexpr int warp_lanes_floats = 2 * Threads * 8;
#endif

/// All threads of a block call the same functions in the same order.
///
/// \tparam Threads  of the block
template <class Group, int Threads>
class WarpLanes {
  public:
#if defined(__CUDACC__)
    CONTINUO_HOST_DEVICE WarpLanes(Group&, float*) {}
#else
    WarpLanes(Group& group, float* shared) : group_(group), shared_(shared) {}
#endif

    /// Replaces values by those of the thread that is `lanes` before; in the first ones of the warp by
    /// whatever.
    template <int Count>
    CONTINUO_HOST_DEVICE void shift_up(float (&values)[Count], int lanes) {
#if defined(__CUDA_ARCH__)
        CONTINUO_UNROLL
        for (int i = 0; i < Count; ++i)
            values[i] = __shfl_up_sync(0xffffffffu, values[i], unsigned(lanes));
#elif !defined(__CUDACC__)
        static_assert(Count <= 8, "there is no more room");
        const int lane = group_.thread() % 32, from = lane >= lanes ? lane - lanes : lane;
        const float* given = tell(values) + (group_.thread() - lane + from) * 8;
        memcpy(values, given, sizeof values);
#endif
    }

    /// The largest of the warp's values, which are 0 or more, or NaN.
    CONTINUO_HOST_DEVICE float largest(float value) {
#if defined(__CUDA_ARCH__)
        return float_of(__reduce_max_sync(0xffffffffu, bits_of(value)));
#elif !defined(__CUDACC__)
        const float values[1] = {value};
        const float* given = tell(values) + group_.thread() / 32 * 32 * 8;
        std::uint32_t most = 0;
        for (int lane = 0; lane < 32; ++lane)
            most = bits_of(given[lane * 8]) > most ? bits_of(given[lane * 8]) : most;
        return float_of(most);
#else
        return value;
#endif
    }

  private:
#if !defined(__CUDACC__)
    template <int Count>
    const float* tell(const float (&values)[Count]) {
        turn_ = 1 - turn_; // so that slower threads may still read what was said before
        float* told = shared_ + turn_ * Threads * 8;
        memcpy(told + group_.thread() * 8, values, sizeof values);
        group_.barrier();
        return told;
    }
    Group& group_;
    float* shared_;
    int turn_ = 0;
#endif
};

} // namespace continuo::parallel
