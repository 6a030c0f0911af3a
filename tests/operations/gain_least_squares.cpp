#include "models/operations/gain_least_squares.h"
#include "models/operations/gain_layout.h"

#include "dsp/gain/reference_gain.h"
#include "dsp/selective/reference_selective.h"
#include "tests/catch.h"
#include "tests/operations/dual_number.h"

#include <cmath>
#include <random>

using namespace continuo;
using operations::Dual;

namespace {

constexpr double rate = 12000.0;

/// Values in a lively range, none of which is at a bound.
template <typename Shape>
std::vector<double> example_values(const Shape& shape, unsigned seed) {
    std::mt19937 random(seed), random_shares(seed + 1);
    std::normal_distribution<double> normal(0.0, 0.4);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    std::vector<double> values;
    dsp::TensorsOf<Shape, double> tensors;
    for_each_gain_tensor(
        shape, tensors,
        [&](std::string_view name, const auto& extents, std::vector<double>&, dsp::GainTensorKind kind) {
            std::size_t size = 1;
            for (const auto extent : extents)
                size *= std::size_t(extent);
            for (std::size_t i = 0; i < size; ++i)
                values.push_back(kind == dsp::GainTensorKind::share      ? 0.1 + 0.8 * uniform(random_shares)
                                 : kind == dsp::GainTensorKind::balance  ? 1.6 * uniform(random_shares) - 0.8
                                 : kind != dsp::GainTensorKind::positive ? normal(random)
                                 : name.starts_with("pole") ? std::log(300.0) + 4.0 * uniform(random)
                                                            : std::log(1e-3) + 3.0 * uniform(random));
        });
    return values;
}

struct Example {
    std::vector<float> dry, wet;
    std::vector<float> knobs;

    Example(std::size_t frames, std::size_t knob_count, unsigned seed) {
        std::mt19937 random(seed);
        std::normal_distribution<float> normal;
        for (std::size_t t = 0; t < frames; ++t) {
            dry.push_back((t / 300 % 2 == 0 ? 0.8f : 0.05f) * normal(random));
            wet.push_back(0.4f * normal(random));
        }
        for (std::size_t k = 0; k < knob_count; ++k)
            knobs.push_back(0.3f + 0.4f * float(k));
    }
};

template <typename Number>
std::vector<Number> reference(const dsp::GainShape& shape, const dsp::GainTensors<Number>& model,
                              const std::vector<double>& dry, const std::vector<double>& knobs) {
    return dsp::reference_gain<Number>(shape, model, 1.5, rate, dry, knobs);
}

template <typename Number>
std::vector<Number> reference(const dsp::SelectiveShape& shape, const dsp::SelectiveTensors<Number>& model,
                              const std::vector<double>& dry, const std::vector<double>& knobs) {
    return dsp::reference_selective<Number>(shape, model, 1.5, rate, dry, knobs);
}

/// ½ Σ (y − target)² by the reference, of any kind of number.
template <typename Shape, typename Number>
Number reference_error(const Shape& shape, const std::vector<Number>& values, const Example& example,
                       std::size_t begin, std::size_t end) {
    dsp::TensorsOf<Shape, Number> model;
    auto next = values.begin();
    for_each_gain_tensor(
        shape, model,
        [&](const char*, const auto& extents, std::vector<Number>& to, dsp::GainTensorKind kind) {
            std::size_t size = 1;
            for (const auto extent : extents)
                size *= std::size_t(extent);
            for (std::size_t i = 0; i < size; ++i, ++next) {
                using std::exp;
                to.push_back(kind == dsp::GainTensorKind::positive ? exp(*next) : *next);
            }
        });
    const std::vector<double> dry(example.dry.begin(), example.dry.end());
    const std::vector<double> knobs(example.knobs.begin(), example.knobs.end());
    const std::vector<Number> output = reference(shape, model, dry, knobs);
    Number sum = 0.0;
    for (std::size_t t = begin; t < end; ++t) {
        const Number difference = output[t] - double(example.wet[t]);
        sum = sum + 0.5 * (difference * difference);
    }
    return sum;
}

template <typename Shape>
void check_gradient(const Shape& shape) {
    const Example example(1201, shape.knobs, 5); // the last period is cut short
    const std::vector<double> values = example_values(shape, 7);
    REQUIRE(values.size() == dsp::parameter_count(shape));
    const operations::GainTrack track(example.dry, example.wet, 1.5, rate, example.knobs, {{100, 1201}});
    const auto model = operations::gain_from_learned(shape, values);
    const std::vector<double> rest(dsp::state_count(shape), 0.0);
    operations::GainLeastSquares sums(values.size());
    operations::add_gain_least_squares(shape, model, track, rest, 0, 1.0, 1, sums);
    const double error = reference_error(shape, values, example, 100, 1201);
    CHECK(sums.error == Approx(error).epsilon(1e-12));
    CHECK(operations::gain_error(shape, model, track, rest) == Approx(error).epsilon(1e-12));
    const double scale = sums.gradient.cwiseAbs().maxCoeff();
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::vector<Dual> moved(values.begin(), values.end());
        moved[i].slope = 1.0;
        const double dual = reference_error(shape, moved, example, 100, 1201).slope;
        std::vector<double> above = values, below = values;
        above[i] += 1e-5;
        below[i] -= 1e-5;
        const double difference = (reference_error(shape, above, example, 100, 1201) -
                                   reference_error(shape, below, example, 100, 1201)) /
                                  2e-5;
        INFO("value " << i << " of " << values.size());
        CHECK(std::abs(sums.gradient[Eigen::Index(i)] - dual) < 1e-10 * scale);
        CHECK(std::abs(dual - difference) < 1e-6 * scale);
    }
}

template <typename Shape>
void check_matrix(const Shape& shape) {
    const Example example(1200, 1, 5);
    const std::vector<double> values = example_values(shape, 8);
    const operations::GainTrack track(example.dry, example.wet, 1.5, rate, example.knobs, {{0, 1200}});
    const std::vector<double> rest(dsp::state_count(shape), 0.0);
    operations::GainLeastSquares sums(values.size());
    operations::add_gain_least_squares(shape, operations::gain_from_learned(shape, values), track, rest, 0,
                                       1.0, 1, sums);
    // J from the reference: the error of one sample against a target of zero has y ∂y as its gradient
    Example single = example;
    std::fill(single.wet.begin(), single.wet.end(), 0.0f);
    Eigen::MatrixXd jacobian(1200, Eigen::Index(values.size()));
    const std::vector<double> dry(example.dry.begin(), example.dry.end());
    const std::vector<double> knobs(example.knobs.begin(), example.knobs.end());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto output = [&](double by) {
            std::vector<double> moved = values;
            moved[i] += by;
            return reference(shape, operations::gain_from_learned(shape, moved), dry, knobs);
        };
        const std::vector<double> above = output(1e-5), below = output(-1e-5);
        for (std::size_t t = 0; t < above.size(); ++t)
            jacobian(Eigen::Index(t), Eigen::Index(i)) = (above[t] - below[t]) / 2e-5;
    }
    const Eigen::MatrixXd expected = jacobian.transpose() * jacobian;
    // the derivative of ln g moves within a period, which the matrix leaves out
    CHECK((sums.matrix - expected).norm() < 0.02 * expected.norm());
    CHECK((sums.matrix - sums.matrix.transpose()).norm() < 1e-12 * expected.norm());
}

template <typename Shape>
void check_displacement(const Shape& shape) {
    const Example example(1200, 0, 6);
    const std::vector<double> values = example_values(shape, 9);
    const operations::GainTrack track(example.dry, example.wet, 1.5, rate, {}, {{0, 1200}});
    const auto model = operations::gain_from_learned(shape, values);
    std::vector<double> displacement;
    for (std::size_t i = 0; i < dsp::state_count(shape); ++i)
        displacement.push_back(i % 2 == 0 ? 0.3 : -0.2);
    const std::size_t at = values.size() + displacement.size(); // as of the second recording
    operations::GainLeastSquares sums(values.size() + 2 * displacement.size());
    operations::add_gain_least_squares(shape, model, track, displacement, at, 1.0, 1, sums);
    CHECK(sums.error == Approx(operations::gain_error(shape, model, track, displacement)).epsilon(1e-12));
    for (std::size_t j = 0; j < displacement.size(); ++j) {
        std::vector<double> above = displacement, below = displacement;
        above[j] += 1e-4;
        below[j] -= 1e-4;
        const double slope = (operations::gain_error(shape, model, track, above) -
                              operations::gain_error(shape, model, track, below)) /
                             2e-4;
        CHECK(sums.gradient[Eigen::Index(at + j)] == Approx(slope).epsilon(1e-6));
        CHECK(sums.matrix(Eigen::Index(at + j), Eigen::Index(at + j)) > 0.0);
        CHECK(sums.gradient[Eigen::Index(values.size() + j)] == 0.0);
    }
}

} // namespace

TEST_CASE("The gradient of a gain model is the derivative of its error", "[operations]") {
    for (const std::size_t knobs : {0u, 2u})
        check_gradient(dsp::GainShape{3, 2, 3, 2, knobs});
}

TEST_CASE("The gradient of a selective model is the derivative of its error", "[operations]") {
    for (const std::size_t knobs : {0u, 2u})
        check_gradient(dsp::SelectiveShape{3, 2, 3, 3, 2, knobs});
}

TEST_CASE("The matrix of a gain model is that of Gauss and Newton", "[operations]") {
    check_matrix(dsp::GainShape{3, 2, 3, 2, 1});
}

TEST_CASE("The matrix of a selective model is that of Gauss and Newton", "[operations]") {
    check_matrix(dsp::SelectiveShape{3, 2, 3, 3, 2, 1});
}

TEST_CASE("A gain model that begins displaced is derived by the displacement, too", "[operations]") {
    check_displacement(dsp::GainShape{3, 2, 3, 2, 0});
}

TEST_CASE("A selective model that begins displaced is derived by the displacement, too", "[operations]") {
    check_displacement(dsp::SelectiveShape{3, 2, 3, 3, 2, 0});
}
