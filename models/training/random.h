#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace continuo {

/// A small random generator whose values are the same on every machine and whose state is one number, so that
/// a checkpoint can hold it. Not for secrets. Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom
/// number generators" (SplitMix64).
class Random {
  public:
    explicit Random(std::uint64_t state) : state_(state) {}

    std::uint64_t state() const { return state_; }

    std::uint64_t bits() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// In [0, 1).
    double uniform() { return double(bits() >> 11) * 0x1p-53; }
    /// Mean 0, deviation 1 (Box and Muller 1958).
    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

  private:
    std::uint64_t state_;
};

} // namespace continuo
