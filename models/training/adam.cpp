#include "models/training/adam.h"

#include <algorithm>
#include <cmath>

namespace continuo {

void Adam::step(std::span<const double> gradient, double rate, std::span<double> values) {
    ++steps;
    const double first_scale = 1.0 / (1.0 - std::pow(first_decay, double(steps)));
    const double second_scale = 1.0 / (1.0 - std::pow(second_decay, double(steps)));
    for (std::size_t i = 0; i < values.size(); ++i) {
        first_[i] = first_decay * first_[i] + (1.0 - first_decay) * gradient[i];
        second_[i] = second_decay * second_[i] + (1.0 - second_decay) * gradient[i] * gradient[i];
        values[i] -= rate * first_scale * first_[i] / (std::sqrt(second_scale * second_[i]) + epsilon);
    }
}

double clip_norm(std::span<double> gradient, double most) {
    double square = 0.0;
    for (const double value : gradient)
        square += value * value;
    const double norm = std::sqrt(square);
    if (!std::isfinite(norm))
        std::fill(gradient.begin(), gradient.end(), 0.0);
    else if (norm > most)
        for (double& value : gradient)
            value *= most / norm;
    return norm;
}

} // namespace continuo
