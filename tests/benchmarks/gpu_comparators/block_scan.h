#pragma once

#include "models/cuda/cuda_device.h"
#include "models/parallel/scan/scan.h"
#include "tests/benchmarks/gpu_comparators/scan_pair.h"

#include <cub/block/block_load.cuh>
#include <cub/block/block_scan.cuh>
#include <cub/block/block_store.cuh>

#include <stdexcept>

// The scan as Mamba's kernel does it, to compare with: one block of threads for each row, which it walks
// through in chunks; in a chunk, mode after mode, a parallel scan over the pairs (decay, value) of its
// samples, whose states never leave the registers. For benchmarks alone, and needs a GPU: CUB's block scan is
// made of instructions that the host has not.
// Source: Gu and Dao, Mamba: Linear-Time Sequence Modeling with Selective State Spaces (2023), section 3.3.

namespace scan_speed {

/// Everything in float, as there: λ = 1 + δ is rounded, which loses what δ says of slow modes.
struct BlockScanKernel {
    static constexpr int threads = 128, samples_per_thread = 16;
    static constexpr int blocks_per_multiprocessor = 2;
    static constexpr int chunk = threads * samples_per_thread;
    static constexpr int most_modes = 16;

    using Load = cub::BlockLoad<float, threads, samples_per_thread, cub::BLOCK_LOAD_WARP_TRANSPOSE>;
    using Store = cub::BlockStore<float, threads, samples_per_thread, cub::BLOCK_STORE_WARP_TRANSPOSE>;
    using Scan = cub::BlockScan<ScanPair, threads, cub::BLOCK_SCAN_WARP_SCANS>;
    struct Shared {
        union {
            typename Load::TempStorage load;
            typename Store::TempStorage store;
            typename Scan::TempStorage scan;
        };
        ScanPair carry[most_modes];
    };
    static constexpr int shared_floats = int((sizeof(Shared) + 15) / 16 * 4);

    struct Arguments {
        int frames, channels, modes;
        const float *delta_real, *delta_imag, *readout_real, *readout_imag; ///< [channel][mode]
        const float* u;                                                     ///< [row][time]
        float* y;                                                           ///< [row][time]
    };

    /// What comes before a chunk, and, after it, before the next one.
    struct Carry {
        ScanPair& pair;
        __device__ __forceinline__ ScanPair operator()(const ScanPair& chunk_of_time) {
            const ScanPair before = pair;
            if (threadIdx.x == 0)
                pair = ComposePairs()(before, chunk_of_time);
            return before;
        }
    };

    template <class Group>
    __device__ static void run(const Arguments& in, Group& group) {
        Shared& shared = *reinterpret_cast<Shared*>(group.shared());
        const long long offset = (long long)(group.block()) * in.frames;
        const int first = group.block() % in.channels * in.modes;
        if (group.thread() < in.modes)
            shared.carry[group.thread()] = {1.0f, 0.0f, 0.0f, 0.0f};
        for (int begin = 0; begin < in.frames; begin += chunk) {
            const int left = in.frames - begin;
            float u[samples_per_thread], y[samples_per_thread];
            group.barrier();
            if (left >= chunk)
                Load(shared.load).Load(in.u + offset + begin, u);
            else
                Load(shared.load).Load(in.u + offset + begin, u, left, 0.0f);
            CONTINUO_UNROLL
            for (int i = 0; i < samples_per_thread; ++i)
                y[i] = 0.0f;
            for (int mode = 0; mode < in.modes; ++mode)
                add_mode(in, first + mode, shared, shared.carry[mode], u, y);
            group.barrier();
            if (left >= chunk)
                Store(shared.store).Store(in.y + offset + begin, y);
            else
                Store(shared.store).Store(in.y + offset + begin, y, left);
        }
    }

  private:
    __device__ __forceinline__ static void add_mode(const Arguments& in, int place, Shared& shared,
                                                    ScanPair& carry, const float (&u)[samples_per_thread],
                                                    float (&y)[samples_per_thread]) {
        const float decay_real = 1.0f + in.delta_real[place], decay_imag = in.delta_imag[place];
        const float readout_real = in.readout_real[place], readout_imag = in.readout_imag[place];
        ScanPair pairs[samples_per_thread];
        CONTINUO_UNROLL
        for (int i = 0; i < samples_per_thread; ++i)
            pairs[i] = {decay_real, decay_imag, u[i], 0.0f};
        __syncthreads(); // the memory of the scan before is free
        Carry before{carry};
        Scan(shared.scan).InclusiveScan(pairs, pairs, ComposePairs(), before);
        CONTINUO_UNROLL
        for (int i = 0; i < samples_per_thread; ++i)
            y[i] = continuo::parallel::fused(
                readout_real, pairs[i].value_real,
                continuo::parallel::fused(-readout_imag, pairs[i].value_imag, y[i]));
    }
};

/// y from u, from rest, on one GPU. [main-thread] The model's memory is the GPU's.
class BlockScan {
  public:
    /// Throws std::invalid_argument where there are more modes than the kernel takes.
    BlockScan(continuo::parallel::CudaDevice& device, const continuo::parallel::ScanShape& shape,
              const continuo::parallel::ScanCoefficients& model)
        : device_(device), shape_(shape), model_(4 * shape.channels * shape.modes) {
        if (shape.modes > std::size_t(BlockScanKernel::most_modes))
            throw std::invalid_argument("the block scan takes 16 modes at most");
        const float* const values[4] = {model.delta_real, model.delta_imag, model.readout_real,
                                        model.readout_imag};
        for (int which = 0; which < 4; ++which)
            device.copy(Queue::compute, model_.data() + which * count(), values[which], count());
    }
    /// \param u, y  [batch][channel][time], the GPU's; what it queues runs after what was queued before
    void forward(const float* u, float* y) {
        const float* m = model_.data();
        device_.launch<BlockScanKernel>(shape_.rows(),
                                        {int(shape_.frames), int(shape_.channels), int(shape_.modes), m,
                                         m + count(), m + 2 * count(), m + 3 * count(), u, y});
    }

  private:
    using Queue = continuo::parallel::CudaDevice::Queue;
    std::size_t count() const { return shape_.channels * shape_.modes; }

    continuo::parallel::CudaDevice& device_;
    continuo::parallel::ScanShape shape_;
    continuo::parallel::CudaDevice::Array<float> model_;
};

} // namespace scan_speed
