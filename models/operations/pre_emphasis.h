#pragma once

namespace continuo::operations {

/// The pre-emphasis of waveform losses: y[t] − 0.85 y[t−1]. C++17: kernels on a GPU read it as well.
inline constexpr double pre_emphasis_coefficient = 0.85;

} // namespace continuo::operations
