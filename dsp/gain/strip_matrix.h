#pragma once

#include "dsp/realtime.h"

#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// Neighbouring doubles in one register of the instruction set that the program is compiled for.
using Doubles = xsimd::batch<double>;

/// The smallest multiple of the lanes of Doubles that is at least `count`. [any-thread] Allocates nothing.
constexpr std::size_t padded(std::size_t count) noexcept {
    return (count + Doubles::size - 1) / Doubles::size * Doubles::size;
}

/// Zeros are appended up to padded() values. [main-thread] Allocates.
inline void pad(std::vector<double>& values) {
    values.resize(padded(values.size()), 0.0);
}

/// Neighbours of a padded vector. [any-thread] Allocates nothing. \param first  a multiple of the lanes
inline Doubles load(const std::vector<double>& values, std::size_t first) noexcept CONTINUO_REALTIME {
    return Doubles::load_unaligned(values.data() + first);
}

/// The lanes added up, in order. [any-thread] Allocates nothing.
inline double sum_of_lanes(const Doubles& values) noexcept CONTINUO_REALTIME {
    double lanes[Doubles::size], sum = 0.0;
    values.store_unaligned(lanes);
    for (const double lane : lanes)
        sum += lane;
    return sum;
}

/// A matrix whose products with a vector are computed for several rows side by side: it is cut into strips
/// of as many rows as Doubles has lanes, and stored strip by strip, each by columns. Rows of zeros fill the
/// last strip. So no sum runs across lanes, and a weight is read once, in order.
class StripMatrix {
  public:
    /// [main-thread] Allocates. \param matrix  row-major [to][from] \param columns  extent of from, ≥ 1
    StripMatrix(const std::vector<double>& matrix, std::size_t columns)
        : columns_(columns), strips_(padded(matrix.size() / columns) * columns) {
        for (std::size_t row = 0; row < matrix.size() / columns; ++row)
            for (std::size_t column = 0; column < columns; ++column) {
                const std::size_t lane = row % Doubles::size, first = row - lane;
                strips_[first * columns + column * Doubles::size + lane] = matrix[row * columns + column];
            }
    }

    /// The rows of one strip times a vector. [any-thread] Allocates nothing.
    /// \param first   first row of the strip, a multiple of the lanes of Doubles
    /// \param vector  [from]
    Doubles times(std::size_t first, const double* vector) const noexcept CONTINUO_REALTIME {
        const double* weights = strips_.data() + first * columns_;
        Doubles sum(0.0);
        for (std::size_t column = 0; column < columns_; ++column)
            sum += Doubles::load_unaligned(weights + column * Doubles::size) * Doubles(vector[column]);
        return sum;
    }

  private:
    std::size_t columns_;
    std::vector<double> strips_;
};

} // namespace continuo::dsp
