#include "models/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace continuo {

namespace {

// Samples that a quasi-Newton search looks at. What lowers the loss of a few seconds lowers it everywhere, as
// long as it is far from the bottom; then more audio has to say where the bottom is.
constexpr std::size_t few = 1 << 18, some = 1 << 19, many = 1 << 21;

// More steps at a high rate do harm: the values wander off, and the fall of the rate does not bring them
// back.
constexpr std::size_t most_adam_steps = 1000;

constexpr Cycle adam(Cycle::Origin origin, double share, double peak_rate) {
    return {Method::adam, origin, share, peak_rate, 0.02, most_adam_steps, 0};
}

constexpr Cycle quasi_newton(Cycle::Origin origin, double share, std::size_t most_samples) {
    return {Method::quasi_newton, origin, share, 0.0, 0.0, 0, most_samples};
}

} // namespace

std::vector<Cycle> cycles_from_scratch(std::size_t samples) {
    using enum Cycle::Origin;
    // Little audio says little about what it does not hold: a poor start is not mended later.
    if (samples <= many)
        return {
            adam(fresh, 0.06, 0.02),
            quasi_newton(previous, 0.06, few),
            adam(fresh, 0.06, 0.02),
            quasi_newton(previous, 0.06, few),
            quasi_newton(best, 0.21, few),
            quasi_newton(previous, 0.25, some),
            quasi_newton(previous, 0.30, many),
        };
    return {
        adam(fresh, 0.12, 0.02),
        quasi_newton(previous, 0.26, few),
        quasi_newton(previous, 0.30, some),
        quasi_newton(previous, 0.32, many),
    };
}

std::vector<Cycle> cycles_from_model() {
    using enum Cycle::Origin;
    return {adam(best, 0.1, 0.004), quasi_newton(best, 0.3, few), quasi_newton(previous, 0.6, many)};
}

double learning_rate(const Cycle& cycle, double progress, std::size_t step) {
    constexpr double warm_up = 50.0;
    const double rise = std::min(1.0, double(step + 1) / warm_up);
    const double fall = 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
    return cycle.peak_rate * rise * (cycle.last_rate + (1.0 - cycle.last_rate) * fall);
}

} // namespace continuo
