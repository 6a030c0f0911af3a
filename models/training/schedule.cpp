#include "models/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace continuo {

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
constexpr std::size_t some = 1'200'000; // samples: enough that what helps there helps everywhere

constexpr Cycle adam(Cycle::Origin origin, double share, double peak_rate) {
    return {Method::adam, origin, share, peak_rate, 0.02, 0};
}

constexpr Cycle quasi_newton(Cycle::Origin origin, double share, std::size_t most_samples) {
    return {Method::quasi_newton, origin, share, 0.0, 0.0, most_samples};
}

} // namespace

std::vector<Cycle> cycles_from_scratch() {
    using enum Cycle::Origin;
    return {
        adam(fresh, 0.06, 0.02),        quasi_newton(previous, 0.04, some),
        adam(fresh, 0.06, 0.02),        quasi_newton(previous, 0.04, some),
        adam(fresh, 0.06, 0.02),        quasi_newton(previous, 0.04, some),
        quasi_newton(best, 0.40, some), quasi_newton(previous, 0.30, all),
    };
}

std::vector<Cycle> cycles_from_model() {
    return {adam(Cycle::Origin::best, 0.3, 0.004), quasi_newton(Cycle::Origin::best, 0.7, all)};
}

double learning_rate(const Cycle& cycle, double progress, std::size_t step) {
    constexpr double warm_up = 50.0;
    const double rise = std::min(1.0, double(step + 1) / warm_up);
    const double fall = 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
    return cycle.peak_rate * rise * (cycle.last_rate + (1.0 - cycle.last_rate) * fall);
}

} // namespace continuo
