#pragma once

#include "dsp/realtime.h"

#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// Row `row` of a matrix [row][knob] times the knobs; 0 where there are none. [any-thread]
inline double row_times(const std::vector<double>& matrix, std::size_t row,
                        std::span<const float> knobs) noexcept CONTINUO_REALTIME {
    const double* weights = matrix.data() + row * knobs.size();
    double sum = 0.0;
    for (std::size_t i = 0; i < knobs.size(); ++i)
        sum += weights[i] * double(knobs[i]);
    return sum;
}

} // namespace continuo::dsp
