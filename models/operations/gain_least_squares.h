#pragma once

#include "dsp/gain/families.h"
#include "dsp/gain/period_level.h"

#include <Eigen/Core>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace continuo::operations {

/// A recording as a model that computes a gain is fitted to it. The model runs from the first sample to the
/// last. What was played before is unknown, and a slow compressor remembers seconds of it: so its states
/// begin displaced from rest, by values that are fitted together with the model's and then forgotten.
class GainTrack {
  public:
    /// [main-thread] Allocates. The audio must outlive this.
    /// \param input_scale  of the level bank. \param sample_rate  Hz
    /// \param knobs        one value in [0, 1] per knob
    /// \param scored       ranges [begin, end) of samples whose error counts, ascending, apart
    GainTrack(std::span<const float> dry, std::span<const float> wet, double input_scale, double sample_rate,
              std::span<const float> knobs, std::vector<std::pair<std::size_t, std::size_t>> scored);

    std::span<const float> dry, wet;
    double sample_rate;
    std::size_t period;
    std::vector<float> knobs;
    std::vector<dsp::PeriodLevel> levels; ///< of the scaled input, one per whole period
    std::vector<float> weights;           ///< 1 where the error counts, 0 where not, one per sample
};

/// The error of a model and what Gauss and Newton make of it. Values in gain_positions() order, and after
/// them a displacement per state for each recording that has one.
struct GainLeastSquares {
    explicit GainLeastSquares(std::size_t values)
        : gradient(Eigen::VectorXd::Zero(Eigen::Index(values))),
          matrix(Eigen::MatrixXd::Zero(Eigen::Index(values), Eigen::Index(values))) {}

    double error = 0.0;       ///< ½ Σ (y − target)²
    Eigen::VectorXd gradient; ///< its derivative, exact
    /// Jᵀ J, J the derivative of every sample of y by every value. Within a period, ln g counts as constant
    /// here, at the mean of its ends.
    Eigen::MatrixXd matrix;
};

/// ½ Σ (y − target)² over what is scored. [any-thread] Allocates.
/// \param displacement  dsp::state_count() values
template <typename Shape>
double gain_error(const Shape& shape, const dsp::TensorsOf<Shape, double>& model, const GainTrack& track,
                  std::span<const double> displacement);

/// Adds `weight` times the error, its gradient and the matrix of a track. [any-thread] Allocates.
/// \param displacement  dsp::state_count() values
/// \param position      of the displacement among the values; 0: it is not fitted
/// \param stride        ≥ 1: the matrix looks at every stride-th period alone, in the name of all of them
template <typename Shape>
void add_gain_least_squares(const Shape& shape, const dsp::TensorsOf<Shape, double>& model,
                            const GainTrack& track, std::span<const double> displacement,
                            std::size_t position, double weight, std::size_t stride, GainLeastSquares& sums);

} // namespace continuo::operations
