#pragma once

#include "models/parallel/portable.h"
#include "models/parallel/scan/cpu/scan_kernel.h"

#include <cstddef>
#include <vector>

namespace continuo::parallel::cpu {

/// Plain values at a multiple of 64 bytes.
template <class T>
class AlignedArray {
  public:
    AlignedArray() = default;
    /// Zeros.
    explicit AlignedArray(std::size_t count) : lines_((count * sizeof(T) + 63) / 64) {}
    T* data() { return reinterpret_cast<T*>(lines_.data()); }
    const T* data() const { return reinterpret_cast<const T*>(lines_.data()); }

  private:
    struct alignas(64) Line {
        unsigned char bytes[64];
    };
    std::vector<Line> lines_;
};

/// What the kernels need of one channel, in the layouts of scan_kernel.h, made in double. Columns of modes
/// that the model lacks are zero.
class ChannelTables {
  public:
    /// \param delta, readout  δ and C' of each mode
    /// \param lanes           floats of a register
    /// [main-thread] Allocates.
    ChannelTables(const std::vector<Complex>& delta, const std::vector<Complex>& readout, std::size_t lanes);

    std::size_t modes() const { return modes_; }
    std::size_t columns() const { return columns_; }
    const double* powers() const { return powers_.data(); }   ///< λʲ [j up to T][column]
    const double* readout() const { return readout_.data(); } ///< C' [column]
    const double* over_chunk() const { return powers_.data() + chunk * columns_; }

    struct Direction {
        AlignedArray<float> into_states; ///< [sample][column]
        AlignedArray<float> impulse;     ///< see ScanKernel::output, output_back
        AlignedArray<float> from_states; ///< [column][sample]
    };
    const Direction& forward() const { return forward_; }
    const Direction& backward() const { return backward_; }

  private:
    std::size_t modes_, columns_;
    AlignedArray<double> powers_, readout_;
    Direction forward_, backward_;
};

} // namespace continuo::parallel::cpu
