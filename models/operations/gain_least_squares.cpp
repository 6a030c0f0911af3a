#include "models/operations/gain_least_squares.h"

#include "dsp/gain/gain_curves.h"
#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/gain/linear_colour.h"
#include "models/operations/gain_layout.h"
#include "models/operations/gain_sensitivity.h"
#include "models/operations/selective_sensitivity.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <type_traits>

namespace continuo::operations {

namespace {

constexpr Eigen::Index rows_at_once = 128;

template <typename Shape>
using SensitivityOf =
    std::conditional_t<std::is_same_v<Shape, dsp::GainShape>, GainSensitivity, SelectiveSensitivity>;

/// The colouring of one sample together with its derivatives by its own values.
class ColourSensitivity {
  public:
    template <typename Tensors>
    ColourSensitivity(const Tensors& model, double sample_rate)
        : direct_(model.direct[0]), modes_(model.pole_decay.size()), state_(modes_), slope_(modes_),
          gradient_(Eigen::VectorXd::Zero(Eigen::Index(1 + 4 * modes_))) {
        for (std::size_t n = 0; n < modes_; ++n) {
            const std::complex<double> pole(-model.pole_decay[n], model.pole_frequency[n]);
            lambda_.push_back(std::exp(pole / sample_rate));
            readout_.emplace_back(model.readout_real[n], model.readout_imag[n]);
            // ∂λ / ∂ ln decay = real part of the pole × T λ, ∂λ / ∂ ln frequency = its imaginary part × i T λ
            by_decay_.push_back(pole.real() / sample_rate * readout_.back());
            by_frequency_.push_back(std::complex<double>(0.0, pole.imag() / sample_rate) * readout_.back());
        }
    }

    /// The order of the values: direct, decays, frequencies, real and imaginary read-outs.
    const Eigen::VectorXd& gradient() const { return gradient_; }

    double step(double x) {
        double sum = direct_ * x, *to = gradient_.data();
        *to++ = x;
        for (std::size_t n = 0; n < modes_; ++n) {
            const double lr = lambda_[n].real(), li = lambda_[n].imag();
            const double a = state_[n].real() - x, b = state_[n].imag();
            const double c = slope_[n].real() + a, d = slope_[n].imag() + b;
            slope_[n] = {lr * c - li * d, lr * d + li * c};
            state_[n] = {lr * a - li * b + x, lr * b + li * a};
            sum += readout_[n].real() * state_[n].real() - readout_[n].imag() * state_[n].imag();
            to[n] = by_decay_[n].real() * slope_[n].real() - by_decay_[n].imag() * slope_[n].imag();
            to[modes_ + n] =
                by_frequency_[n].real() * slope_[n].real() - by_frequency_[n].imag() * slope_[n].imag();
            to[2 * modes_ + n] = state_[n].real();
            to[3 * modes_ + n] = -state_[n].imag();
        }
        return sum;
    }

  private:
    double direct_;
    std::size_t modes_;
    std::vector<std::complex<double>> lambda_, readout_, by_decay_, by_frequency_, state_, slope_;
    Eigen::VectorXd gradient_;
};

/// The bend of one sample together with its derivatives.
class BendSensitivity {
  public:
    template <typename Tensors>
    explicit BendSensitivity(const Tensors& model)
        : scale_(model.bend_scale[0]), even_(model.bend_even[0]), odd_(model.bend_odd[0]) {}

    double slope() const { return slope_; } ///< of the output, by the sample that is bent

    /// By the values: ln scale, even, odd.
    const Eigen::Vector3d& gradient() const { return gradient_; }

    double step(double played) {
        const double u = scale_ * played, square = u * u, share = 1.0 / (1.0 + square);
        const double bent = square * (even_ + odd_ * u) * share;
        const double bent_slope = u * share * share * (2.0 * even_ + odd_ * u * (3.0 + square));
        slope_ = 1.0 + bent_slope;
        gradient_ = {(bent_slope * u - bent) / scale_, square * share / scale_, square * u * share / scale_};
        return played + bent / scale_;
    }

  private:
    double scale_, even_, odd_, slope_ = 1.0;
    Eigen::Vector3d gradient_;
};

/// Gathers rows of J, a period each, and adds their products to the matrix when there are enough. In float:
/// the matrix decides which way a step goes, not where the search ends.
class NormalMatrix {
  public:
    NormalMatrix(Eigen::Index values, Eigen::Index colour_begin, Eigen::Index colours)
        : colour_begin_(colour_begin), rows_(rows_at_once, values), crosses_(rows_at_once, colours),
          sum_(Eigen::MatrixXf::Zero(values, values)), cross_(Eigen::MatrixXf::Zero(values, colours)),
          total_(Eigen::MatrixXd::Zero(values, values)), colour_(Eigen::MatrixXd::Zero(colours, colours)) {}

    /// \param row     ∂ ln g. \param energy  Σ (∂y / ∂ ln g)²
    /// \param cross   Σ ∂y / ∂ ln g · ∂y / ∂ value over the colouring's values and the bend's
    void add(const Eigen::VectorXd& row, double energy, const Eigen::VectorXd& cross,
             const Eigen::MatrixXd& colour) {
        colour_ += colour;
        if (!(energy > 0.0))
            return;
        const double root = std::sqrt(energy);
        rows_.row(filled_) = (root * row).cast<float>();
        crosses_.row(filled_) = (cross / root).cast<float>();
        if (++filled_ == rows_at_once)
            flush();
    }

    Eigen::MatrixXd finish() {
        flush();
        const Eigen::Index colours = colour_.rows();
        Eigen::MatrixXd result = total_.selfadjointView<Eigen::Lower>();
        const Eigen::MatrixXd cross = cross_.cast<double>();
        result.middleCols(colour_begin_, colours) += cross;
        result.middleRows(colour_begin_, colours) += cross.transpose();
        result.block(colour_begin_, colour_begin_, colours, colours) += colour_;
        return result;
    }

  private:
    void flush() {
        if (filled_ == 0)
            return;
        sum_.setZero();
        sum_.selfadjointView<Eigen::Lower>().rankUpdate(rows_.topRows(filled_).transpose());
        total_ += sum_.cast<double>();
        cross_.noalias() += rows_.topRows(filled_).transpose() * crosses_.topRows(filled_);
        filled_ = 0;
    }

    Eigen::Index colour_begin_, filled_ = 0;
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows_, crosses_;
    Eigen::MatrixXf sum_, cross_;
    Eigen::MatrixXd total_, colour_;
};

} // namespace

GainTrack::GainTrack(std::span<const float> dry_, std::span<const float> wet_, double input_scale,
                     double sample_rate_, std::span<const float> knobs_,
                     std::vector<std::pair<std::size_t, std::size_t>> scored)
    : dry(dry_), wet(wet_), sample_rate(sample_rate_), period(dsp::control_period(sample_rate_)),
      knobs(knobs_.begin(), knobs_.end()), weights(dry_.size(), 0.0f) {
    const dsp::kernels::GainTable& kernel = dsp::kernels::gain_table(dsp::default_instruction_set());
    std::vector<double> samples(period);
    levels.resize(dry.size() / period);
    for (std::size_t step = 0; step < levels.size(); ++step) {
        std::copy_n(dry.begin() + std::ptrdiff_t(step * period), period, samples.begin());
        kernel.measure(samples.data(), period, 1, input_scale, &levels[step]);
    }
    for (const auto& [begin, end] : scored)
        std::fill(weights.begin() + std::ptrdiff_t(begin), weights.begin() + std::ptrdiff_t(end), 1.0f);
}

template <typename Shape>
double gain_error(const Shape& shape, const dsp::TensorsOf<Shape, double>& model, const GainTrack& track,
                  std::span<const double> displacement) {
    const double period = double(track.period);
    dsp::ControlOf<Shape> control(shape, model, period / track.sample_rate);
    control.set_knobs(track.knobs);
    dsp::LinearColour colour(model, track.sample_rate);
    const double scale = model.bend_scale[0], even = model.bend_even[0] / scale,
                 odd = model.bend_odd[0] / scale;
    // ln g where each period begins, and where the last one ends
    std::vector<double> log_gains(track.levels.size() + 2);
    log_gains[0] = log_gains[1] = control.settle(displacement);
    control.step(track.levels, log_gains.data() + 2);
    std::vector<double> dry(track.period), coloured(track.period);
    double error = 0.0;
    for (std::size_t begin = 0, step = 0; begin < track.dry.size(); begin += track.period, ++step) {
        const std::size_t count = std::min(track.period, track.dry.size() - begin);
        std::copy_n(track.dry.begin() + std::ptrdiff_t(begin), count, dry.begin());
        colour.process(dry.data(), coloured.data(), count);
        const double from = log_gains[step], ratio = std::exp((log_gains[step + 1] - from) / period);
        double gain = std::exp(from);
        for (std::size_t t = 0; t < count; ++t) {
            gain *= ratio;
            const double played = gain * coloured[t];
            const double difference =
                played + dsp::bend(scale * played, even, odd) - double(track.wet[begin + t]);
            error += double(track.weights[begin + t]) * difference * difference;
        }
    }
    return 0.5 * error;
}

template <typename Shape>
void add_gain_least_squares(const Shape& shape, const dsp::TensorsOf<Shape, double>& model,
                            const GainTrack& track, std::span<const double> displacement,
                            std::size_t position, double weight, std::size_t stride, GainLeastSquares& sums) {
    const double period = double(track.period);
    SensitivityOf<Shape> control(shape, model, period / track.sample_rate, track.knobs, displacement);
    ColourSensitivity colour(model, track.sample_rate);
    BendSensitivity bend(model);
    const auto positions = gain_positions(shape);
    const auto colour_begin = Eigen::Index(positions.direct[0]);
    const auto values = Eigen::Index(control.gradient().size()),
               states = Eigen::Index(dsp::state_count(shape));
    const Eigen::Index filters = colour.gradient().size(), colours = filters + 3, own = values - states;
    NormalMatrix normal(values, colour_begin, colours);

    Eigen::VectorXd row_from(values), row_to(values), gradient = Eigen::VectorXd::Zero(values);
    std::copy(control.gradient().begin(), control.gradient().end(), row_to.data());
    row_from = row_to;
    Eigen::VectorXd cross(colours), scaled(colours), colour_gradient = Eigen::VectorXd::Zero(colours);
    Eigen::MatrixXd block(colours, colours);
    double from = control.log_gain(), to = from, error = 0.0;
    for (std::size_t begin = 0, step = 0; begin < track.dry.size(); begin += track.period, ++step) {
        const std::size_t end = std::min(begin + track.period, track.dry.size());
        const double ratio = std::exp((to - from) / period);
        const bool in_matrix = step % stride == 0;
        double gain = std::exp(from), by_from = 0.0, by_to = 0.0, energy = 0.0;
        if (in_matrix) {
            cross.setZero();
            block.setZero();
        }
        for (std::size_t t = begin; t < end; ++t) {
            gain *= ratio;
            const double played = gain * colour.step(double(track.dry[t])), output = bend.step(played);
            if (!(track.weights[t] > 0.0f))
                continue;
            const double difference = output - double(track.wet[t]);
            const double along = double(t - begin + 1) / period;
            const double by_log_gain = bend.slope() * played; // ∂y / ∂ ln g
            error += difference * difference;
            by_from += difference * by_log_gain * (1.0 - along);
            by_to += difference * by_log_gain * along;
            scaled.head(filters) = (bend.slope() * gain) * colour.gradient();
            scaled.tail(3) = bend.gradient();
            colour_gradient += difference * scaled;
            if (in_matrix) {
                energy += by_log_gain * by_log_gain;
                cross += by_log_gain * scaled;
                block.noalias() += scaled * scaled.transpose();
            }
        }
        gradient += by_from * row_from + by_to * row_to;
        if (in_matrix)
            normal.add(0.5 * (row_from + row_to), energy, cross, block);
        if (step < track.levels.size()) {
            control.step(track.levels[step]);
            from = to;
            to = control.log_gain();
            row_from.swap(row_to);
            std::copy(control.gradient().begin(), control.gradient().end(), row_to.data());
        }
    }
    gradient.segment(colour_begin, colours) += colour_gradient;
    sums.error += 0.5 * weight * error;
    sums.gradient.head(own) += weight * gradient.head(own);
    const Eigen::MatrixXd matrix = weight * double(stride) * normal.finish();
    sums.matrix.topLeftCorner(own, own) += matrix.topLeftCorner(own, own);
    if (position == 0)
        return;
    const auto at = Eigen::Index(position);
    sums.gradient.segment(at, states) += weight * gradient.tail(states);
    sums.matrix.block(at, 0, states, own) += matrix.bottomLeftCorner(states, own);
    sums.matrix.block(0, at, own, states) += matrix.topRightCorner(own, states);
    sums.matrix.block(at, at, states, states) += matrix.bottomRightCorner(states, states);
}

template double gain_error(const dsp::GainShape&, const dsp::GainTensors<double>&, const GainTrack&,
                           std::span<const double>);
template double gain_error(const dsp::SelectiveShape&, const dsp::SelectiveTensors<double>&, const GainTrack&,
                           std::span<const double>);
template void add_gain_least_squares(const dsp::GainShape&, const dsp::GainTensors<double>&, const GainTrack&,
                                     std::span<const double>, std::size_t, double, std::size_t,
                                     GainLeastSquares&);
template void add_gain_least_squares(const dsp::SelectiveShape&, const dsp::SelectiveTensors<double>&,
                                     const GainTrack&, std::span<const double>, std::size_t, double,
                                     std::size_t, GainLeastSquares&);

} // namespace continuo::operations
