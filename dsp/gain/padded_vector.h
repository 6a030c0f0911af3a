#pragma once

#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/kernels/aligned_memory.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// The smallest number of whole registers of the widest kind, in doubles, that holds `count` of them.
/// [any-thread]
constexpr std::size_t padded(std::size_t count) noexcept {
    return (count + kernels::widest - 1) / kernels::widest * kernels::widest;
}

/// Doubles that the kernels of every instruction set can load: aligned to 64 bytes, which is the widest
/// register there is, and filled up with zeros to whole registers of that width.
class PaddedVector {
  public:
    /// Zeros. [main-thread] Allocates.
    explicit PaddedVector(std::size_t count) : size_(padded(count)), memory_(size_ * sizeof(double)) {}

    /// [main-thread] Allocates.
    explicit PaddedVector(const std::vector<double>& values) : PaddedVector(values.size()) {
        for (std::size_t i = 0; i < values.size(); ++i)
            data()[i] = values[i];
    }

    /// The number of values with the zeros. [any-thread]
    std::size_t size() const noexcept CONTINUO_REALTIME { return size_; }
    double* data() noexcept CONTINUO_REALTIME { return reinterpret_cast<double*>(memory_.get()); }
    double& operator[](std::size_t i) noexcept CONTINUO_REALTIME { return data()[i]; }
    void fill(double value) noexcept CONTINUO_REALTIME {
        for (std::size_t i = 0; i < size_; ++i)
            data()[i] = value;
    }

  private:
    std::size_t size_;
    kernels::AlignedMemory memory_;
};

/// A matrix as the kernels multiply with it: by columns, each padded to whole registers, so that no sum runs
/// across lanes.
class ColumnMatrix {
  public:
    /// [main-thread] Allocates. \param matrix  row-major [to][from] \param columns  extent of from, ≥ 1
    ColumnMatrix(const std::vector<double>& matrix, std::size_t columns)
        : columns_(columns), height_(padded(matrix.size() / columns)), weights_(columns * height_) {
        for (std::size_t i = 0; i < matrix.size(); ++i)
            weights_[i % columns * height_ + i / columns] = matrix[i];
    }

    /// Valid while this object or what it is moved to lives. [any-thread]
    kernels::Columns kernel() noexcept { return {weights_.data(), columns_, height_}; }

  private:
    std::size_t columns_, height_;
    PaddedVector weights_;
};

} // namespace continuo::dsp
