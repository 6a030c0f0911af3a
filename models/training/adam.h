#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace continuo {

/// Adam without weight decay, in double.
/// Source: Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
class Adam {
  public:
    static constexpr double first_decay = 0.9;
    static constexpr double second_decay = 0.99;
    static constexpr double epsilon = 1e-10;

    explicit Adam(std::size_t size) : first_(size, 0.0), second_(size, 0.0) {}

    /// values −= rate · m̂ / (√v̂ + ε). [main-thread] Allocates nothing.
    void step(std::span<const double> gradient, double rate, std::span<double> values);

    std::size_t steps = 0;
    std::vector<double>& first() { return first_; }
    std::vector<double>& second() { return second_; }
    const std::vector<double>& first() const { return first_; }
    const std::vector<double>& second() const { return second_; }

  private:
    std::vector<double> first_, second_;
};

/// Scales `gradient` so that its norm is at most `most`; returns the norm before. Where the norm is not
/// finite, all of the gradient becomes 0, so that one broken step does not end a training. [any-thread]
/// Allocates nothing.
double clip_norm(std::span<double> gradient, double most);

} // namespace continuo
