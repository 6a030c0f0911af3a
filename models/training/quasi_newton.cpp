#include "models/training/quasi_newton.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace continuo {

namespace {

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

void QuasiNewton::start(std::span<const double> values, const Evaluate& evaluate) {
    curvature_.reset();
    pairs_.clear();
    age_ = 0;
    gradient_.assign(size_, 0.0);
    loss_ = evaluate(values, gradient_);
}

void QuasiNewton::set_curvature(Curvature curvature) {
    curvature_ = std::move(curvature);
    pairs_.clear(); // they hold for where they were found, and the new curvature holds here
    age_ = 0;
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
    const auto vector = [](const std::vector<double>& of) {
        return Eigen::Map<const Eigen::VectorXd>(of.data(), Eigen::Index(of.size()));
    };
    double size = 1.0;
    if (!pairs_.empty()) {
        const auto change = vector(pairs_.back().change);
        size = 1.0 / (pairs_.back().inverse_product * change.dot(curvature_->solve(change)));
    }
    const Eigen::VectorXd solved = curvature_->solve(vector(result));
    for (std::size_t i = 0; i < size_; ++i)
        result[i] = -size * solved[Eigen::Index(i)];
    for (std::size_t i = 0; i < pairs_.size(); ++i)
        add(result, -weights[i] - pairs_[i].inverse_product * dot(pairs_[i].change, result), pairs_[i].step);
    hold();
    return result;
}

void QuasiNewton::remember(std::vector<double> step, std::vector<double> change) {
    const double product = dot(step, change);
    if (product > 1e-12 * dot(change, change)) // the curvature must be positive along every kept step
        pairs_.push_back({std::move(step), std::move(change), 1.0 / product});
}

bool QuasiNewton::iterate(std::span<double> values, const Evaluate& evaluate) {
    const std::vector<double> start(values.begin(), values.end());
    std::vector<double> gradient(size_), step(size_);
    ++age_;
    for (;;) {
        const std::vector<double> way = direction(start);
        double length = 1.0;
        for (int backtrack = 0; dot(way, gradient_) < 0.0 && backtrack <= most_backtracks; ++backtrack) {
            for (std::size_t i = 0; i < size_; ++i) {
                values[i] = std::clamp(start[i] + length * way[i], lowest_[i], highest_[i]);
                step[i] = values[i] - start[i];
            }
            const double loss = evaluate(values, gradient), expected = dot(step, gradient_);
            if (loss <= loss_ + sufficient_decrease * expected && expected < 0.0) {
                std::vector<double> change(size_);
                for (std::size_t i = 0; i < size_; ++i)
                    change[i] = gradient[i] - gradient_[i];
                gradient_ = gradient;
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
        if (pairs_.empty()) {
            age_ = iterations_per_curvature; // it leads nowhere
            return false;
        }
        pairs_.clear(); // they mislead: begin again from the curvature alone
    }
}

std::vector<double> QuasiNewton::pack() const {
    if (!started())
        return {};
    std::vector<double> state{loss_, double(age_), curvature_ ? double(curvature_->samples().cols()) : 0.0};
    const auto append = [&state](const std::vector<double>& values) {
        state.insert(state.end(), values.begin(), values.end());
    };
    append(gradient_);
    if (curvature_)
        state.insert(state.end(), curvature_->samples().reshaped().begin(),
                     curvature_->samples().reshaped().end());
    for (const Pair& pair : pairs_) {
        append(pair.step);
        append(pair.change);
        state.push_back(pair.inverse_product);
    }
    return state;
}

void QuasiNewton::unpack(std::span<const double> state) {
    *this = QuasiNewton(lowest_, highest_);
    if (state.empty())
        return;
    const auto take = [&state](std::size_t count) {
        if (state.size() < count)
            throw std::invalid_argument("the curvature has the wrong length");
        const std::vector<double> values(state.begin(), state.begin() + std::ptrdiff_t(count));
        state = state.subspan(count);
        return values;
    };
    const std::vector<double> head = take(3);
    loss_ = head[0];
    age_ = std::size_t(head[1]);
    gradient_ = take(size_);
    const double columns = head[2];
    if (!(columns >= 0.0 && columns <= double(state.size() / std::max<std::size_t>(size_, 1))))
        throw std::invalid_argument("the curvature has the wrong length");
    if (columns > 0.0) {
        const std::vector<double> samples = take(std::size_t(columns) * size_);
        curvature_.emplace(
            Eigen::Map<const Eigen::MatrixXd>(samples.data(), Eigen::Index(size_), Eigen::Index(columns))
                .cast<float>());
    }
    while (!state.empty()) {
        Pair next;
        next.step = take(size_);
        next.change = take(size_);
        next.inverse_product = take(1)[0];
        pairs_.push_back(std::move(next));
    }
}

} // namespace continuo
