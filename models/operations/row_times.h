#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace continuo::operations {

/// Row `row` of a matrix [row][value] times a vector. [any-thread] Allocates nothing.
inline double row_times(const std::vector<double>& matrix, std::size_t row,
                        const std::vector<double>& vector) {
    const double* weights = matrix.data() + row * vector.size();
    double sum = 0.0;
    for (std::size_t i = 0; i < vector.size(); ++i)
        sum += weights[i] * vector[i];
    return sum;
}

/// T / τ, where knobs scale the time constants τ. [main-thread] Allocates.
/// \param times  τ, s. \param by_knobs  [time][knob] \param seconds  T
inline std::vector<double> rates(const std::vector<double>& times, const std::vector<double>& by_knobs,
                                 const std::vector<double>& knobs, double seconds) {
    std::vector<double> result;
    for (std::size_t i = 0; i < times.size(); ++i)
        result.push_back(seconds / times[i] * std::exp(-row_times(by_knobs, i, knobs)));
    return result;
}

} // namespace continuo::operations
