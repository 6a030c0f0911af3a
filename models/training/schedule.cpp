#include "models/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace continuo {

std::vector<Cycle> cycles_from_scratch() {
    using enum Cycle::Origin;
    return {
        {fresh, 0.08, 0.02, 0.02, false}, {fresh, 0.08, 0.02, 0.02, false}, {fresh, 0.08, 0.02, 0.02, false},
        {best, 0.36, 0.01, 0.02, false},  {best, 0.40, 0.005, 0.01, false},
    };
}

std::vector<Cycle> cycles_from_model() {
    return {{Cycle::Origin::best, 1.0, 0.004, 0.01, false}};
}

double learning_rate(const Cycle& cycle, double progress, std::size_t step) {
    constexpr double warm_up = 50.0;
    const double rise = std::min(1.0, double(step + 1) / warm_up);
    const double fall = 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
    return cycle.peak_rate * rise * (cycle.last_rate + (1.0 - cycle.last_rate) * fall);
}

} // namespace continuo
