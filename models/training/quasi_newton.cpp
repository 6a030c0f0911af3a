#include "models/training/quasi_newton.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace continuo {

namespace {

constexpr double first_step = 0.1;           // length of the very first step, in scaled values
constexpr double sufficient_decrease = 1e-4; // of the slope, Armijo's condition
constexpr int most_backtracks = 8;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

void add(std::vector<double>& to, double factor, const std::vector<double>& from) {
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] += factor * from[i];
}

} // namespace

void QuasiNewton::start(std::span<const double> values, std::vector<double> scale, const Evaluate& evaluate) {
    scale_ = std::move(scale);
    pairs_.clear();
    evaluate_at(values, evaluate);
}

void QuasiNewton::change_function(std::span<const double> values, const Evaluate& evaluate) {
    if (pairs_.size() > kept_pairs)
        pairs_.erase(pairs_.begin(), pairs_.end() - kept_pairs);
    evaluate_at(values, evaluate);
}

void QuasiNewton::evaluate_at(std::span<const double> values, const Evaluate& evaluate) {
    gradient_.assign(size_, 0.0);
    loss_ = evaluate(values, gradient_);
    for (std::size_t i = 0; i < size_; ++i)
        gradient_[i] *= scale_[i];
}

std::vector<double> QuasiNewton::direction(std::span<const double> values) const {
    std::vector<double> result = gradient_, weights(pairs_.size());
    std::vector<bool> held(size_);
    for (std::size_t i = 0; i < size_; ++i)
        held[i] = (values[i] <= lowest_[i] && gradient_[i] > 0.0) ||
                  (values[i] >= highest_[i] && gradient_[i] < 0.0);
    const auto hold = [&] {
        for (std::size_t i = 0; i < size_; ++i)
            if (held[i])
                result[i] = 0.0;
    };
    hold();
    for (std::size_t i = pairs_.size(); i-- > 0;) {
        weights[i] = pairs_[i].inverse_product * dot(pairs_[i].step, result);
        add(result, -weights[i], pairs_[i].change);
    }
    const double size =
        pairs_.empty()
            ? first_step / std::max(std::sqrt(dot(result, result)), 1e-300)
            : 1.0 / (pairs_.back().inverse_product * dot(pairs_.back().change, pairs_.back().change));
    for (double& value : result)
        value *= -size;
    for (std::size_t i = 0; i < pairs_.size(); ++i)
        add(result, -weights[i] - pairs_[i].inverse_product * dot(pairs_[i].change, result), pairs_[i].step);
    hold();
    return result;
}

void QuasiNewton::remember(std::vector<double> step, std::vector<double> change) {
    const double product = dot(step, change);
    if (!(product > 1e-12 * dot(change, change))) // the curvature must be positive along every kept step
        return;
    if (pairs_.size() == memory)
        pairs_.erase(pairs_.begin());
    pairs_.push_back({std::move(step), std::move(change), 1.0 / product});
}

bool QuasiNewton::iterate(std::span<double> values, const Evaluate& evaluate) {
    const std::vector<double> start(values.begin(), values.end());
    std::vector<double> gradient(size_), step(size_);
    for (;;) {
        const std::vector<double> way = direction(start);
        double length = 1.0;
        for (int backtrack = 0; dot(way, gradient_) < 0.0 && backtrack <= most_backtracks; ++backtrack) {
            for (std::size_t i = 0; i < size_; ++i) {
                values[i] = std::clamp(start[i] + length * scale_[i] * way[i], lowest_[i], highest_[i]);
                step[i] = (values[i] - start[i]) / scale_[i];
            }
            const double loss = evaluate(values, gradient), expected = dot(step, gradient_);
            if (loss <= loss_ + sufficient_decrease * expected && expected < 0.0) {
                std::vector<double> change(size_);
                for (std::size_t i = 0; i < size_; ++i) {
                    change[i] = scale_[i] * gradient[i] - gradient_[i];
                    gradient_[i] = scale_[i] * gradient[i];
                }
                loss_ = loss;
                remember(std::move(step), std::move(change));
                return true;
            }
            // the minimum of the parabola through what is known, kept within sight
            const double parabola = -expected * length / (2.0 * (loss - loss_ - expected));
            length =
                std::isfinite(parabola) ? std::clamp(parabola, 0.1 * length, 0.5 * length) : 0.1 * length;
        }
        std::copy(start.begin(), start.end(), values.begin());
        if (pairs_.empty())
            return false;
        pairs_.clear(); // the curvature misleads: begin again from the gradient
    }
}

std::vector<double> QuasiNewton::pack() const {
    std::vector<double> state{loss_};
    const auto append = [&state](const std::vector<double>& values) {
        state.insert(state.end(), values.begin(), values.end());
    };
    append(scale_);
    append(gradient_);
    for (const Pair& pair : pairs_) {
        append(pair.step);
        append(pair.change);
        state.push_back(pair.inverse_product);
    }
    return started() ? state : std::vector<double>{};
}

void QuasiNewton::unpack(std::span<const double> state) {
    *this = QuasiNewton(lowest_, highest_);
    if (state.empty())
        return;
    const std::size_t head = 1 + 2 * size_, pair = 2 * size_ + 1;
    if (state.size() < head || (state.size() - head) % pair != 0)
        throw std::invalid_argument("the curvature has the wrong length");
    const auto take = [&state](std::size_t count) {
        const std::vector<double> values(state.begin(), state.begin() + std::ptrdiff_t(count));
        state = state.subspan(count);
        return values;
    };
    loss_ = take(1)[0];
    scale_ = take(size_);
    gradient_ = take(size_);
    while (!state.empty()) {
        Pair next;
        next.step = take(size_);
        next.change = take(size_);
        next.inverse_product = take(1)[0];
        pairs_.push_back(std::move(next));
    }
}

} // namespace continuo
