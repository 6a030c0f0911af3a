#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace continuo::dsp {

/// Throws std::invalid_argument, in one line, where the number of `name` lies outside low to high.
/// [main-thread] Allocates only to throw.
inline void expect_range(const char* name, std::size_t value, std::size_t low, std::size_t high) {
    if (value < low || value > high)
        throw std::invalid_argument(std::string("the number of ") + name + " is " + std::to_string(value) +
                                    ", outside " + std::to_string(low) + " to " + std::to_string(high));
}

} // namespace continuo::dsp
