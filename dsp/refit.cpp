#include "dsp/refit.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace continuo::dsp {
namespace {

using Complex = std::complex<double>;

// Fitted from below anything audible, because a slow mode that is off by a little shifts the level that a
// compressor settles at; the equilibrium at 0 Hz decides where every nonlinearity rests.
constexpr double lowest_frequency = 0.02, weight_at_rest = 30.0;
constexpr double highest_frequency = 20500.0; // Hz
constexpr std::size_t log_spaced_rows = 160, evenly_spaced_rows = 100, guard_rows = 50;
// Above 2 kHz an error counts for half as much with every octave, down to this: there is less and less in
// music, and the top is the hardest to fit. A fit that cares less for it is three times closer below, and
// hardly farther above.
constexpr double equal_weight_below = 2000.0; // Hz
constexpr double least_weight = 0.3;
// Enough to keep the response from rising above the audio band, too little to be felt within it.
constexpr double guard_weight = 0.001;
constexpr double quiet_share = 0.01;     // of a channel's loudest: below it a response counts as absent
constexpr double highest_pole = 0.45;    // of the new rate
constexpr double share_of_band = 0.4535; // of the new rate: 20 kHz at 44.1 kHz
// In the normal equations, of columns of size 1: without it coefficients grow large and cancel each other.
constexpr double ridge = 1e-11;

/// One frequency of the fit. e^{−jωT} − 1 is kept in place of e^{−jωT}: 1 − λ e^{−jωT} of a slow mode is the
/// small difference of the two.
struct Row {
    Complex delay_minus_one, target_delay_minus_one; // at the new rate and at the trained one
    Complex activation;                              // what the target is multiplied by
    double weight;
    bool guard; // the target is 0
};

Complex delay_minus_one(double angular_frequency, double period) {
    const double angle = angular_frequency * period, half = std::sin(0.5 * angle);
    return {-2.0 * half * half, -std::sin(angle)};
}

/// The response of first-order antiderivative anti-aliasing to a small signal: the mean of two samples.
Complex anti_aliasing(double angular_frequency, double period) {
    const double half = 0.5 * angular_frequency * period;
    return std::cos(half) * std::exp(Complex(0.0, -half));
}

std::vector<Row> make_rows(Activation activation, double trained_rate, double rate) {
    const double top = std::min({highest_frequency, share_of_band * rate, 0.4999 * trained_rate});
    std::vector<Row> rows;
    const auto add = [&](double frequency, double weight, bool guard) {
        const double omega = 2.0 * std::numbers::pi * frequency;
        Complex factor = 1.0;
        if (activation == Activation::isru && !guard)
            factor = anti_aliasing(omega, 1.0 / trained_rate) / anti_aliasing(omega, 1.0 / rate);
        rows.push_back({delay_minus_one(omega, 1.0 / rate), delay_minus_one(omega, 1.0 / trained_rate),
                        factor, weight, guard});
    };
    const auto add_audible = [&](double frequency) {
        add(frequency, std::clamp(equal_weight_below / frequency, least_weight, 1.0), false);
    };
    add(0.0, weight_at_rest, false);
    for (std::size_t i = 0; i < log_spaced_rows; ++i)
        add_audible(lowest_frequency *
                    std::pow(top / lowest_frequency, double(i) / double(log_spaced_rows - 1)));
    // The treble, of which even spacing holds more, and where the two rates differ.
    for (std::size_t i = 0; i < evenly_spaced_rows; ++i)
        add_audible(0.1 * top + 0.9 * top * double(i) / double(evenly_spaced_rows - 1));
    const double guard_begin = std::min(highest_frequency, 0.5 * trained_rate), guard_end = 0.5 * rate;
    if (guard_end > 1.05 * guard_begin)
        for (std::size_t i = 0; i < guard_rows; ++i)
            add(guard_begin + (guard_end - guard_begin) * double(i) / double(guard_rows - 1), guard_weight,
                true);
    return rows;
}

/// 1 / (1 − λ e^{−jωT}) for a mode and for its conjugate, λ = 1 + delta.
struct ModeResponse {
    Complex mode, conjugate;

    ModeResponse(Complex delta, Complex delay) {
        const auto of = [&](Complex d) {
            const Complex denominator = d + delay + d * delay;
            return -std::conj(denominator) / std::norm(denominator);
        };
        mode = of(delta);
        conjugate = of(std::conj(delta));
    }
    /// What Re(C' z) puts out per unit of Re C' and of Im C'.
    Complex real_part() const { return 0.5 * (mode + conjugate); }
    Complex imaginary_part() const { return Complex(0.0, 0.5) * (mode - conjugate); }
};

Complex delta_of(const DiscreteModes& modes, std::size_t i) {
    return {modes.delta_real[i], modes.delta_imag[i]};
}

/// What one channel puts out at the trained rate, and what it should put out at the new one; 0 in guard rows.
Eigen::VectorXcd target_of(const std::vector<Row>& rows, const DiscreteModes& trained, std::size_t channel,
                           std::size_t channels) {
    Eigen::VectorXcd target = Eigen::VectorXcd::Zero(Eigen::Index(rows.size()));
    for (std::size_t r = 0; r < rows.size(); ++r) {
        if (rows[r].guard)
            continue;
        Complex response = 0.0;
        for (std::size_t i = channel; i < trained.delta_real.size(); i += channels) {
            const ModeResponse mode(delta_of(trained, i), rows[r].target_delay_minus_one);
            response += double(trained.readout_real[i]) * mode.real_part() +
                        double(trained.readout_imag[i]) * mode.imaginary_part();
        }
        target(Eigen::Index(r)) = response * rows[r].activation;
    }
    return target;
}

/// The fit of one channel: Re C' and Im C' of every mode, then the taps.
Eigen::VectorXd fit_channel(const std::vector<Row>& rows, const DiscreteModes& trained,
                            const DiscreteModes& moved, std::size_t channel, std::size_t channels) {
    const std::size_t modes = moved.delta_real.size() / channels;
    const auto count = Eigen::Index(rows.size());
    const auto columns = Eigen::Index(2 * modes + taps_per_channel);
    const Eigen::VectorXcd response = target_of(rows, trained, channel, channels);
    const double loudest = response.cwiseAbs().maxCoeff();
    Eigen::MatrixXd matrix(2 * count, columns);
    Eigen::VectorXd target(2 * count);
    for (Eigen::Index r = 0; r < count; ++r) {
        const Row& row = rows[std::size_t(r)];
        // Between an equal error everywhere and an equal error in dB.
        const double balance = std::abs(response(r)) + quiet_share * loudest;
        const double weight = row.weight * (row.guard || balance == 0.0 ? 1.0 : std::sqrt(loudest / balance));
        const auto put = [&](Eigen::Index column, Complex value) {
            matrix(r, column) = weight * value.real();
            matrix(count + r, column) = weight * value.imag();
        };
        for (std::size_t n = 0; n < modes; ++n) {
            const ModeResponse mode(delta_of(moved, n * channels + channel), row.delay_minus_one);
            put(Eigen::Index(2 * n), mode.real_part());
            put(Eigen::Index(2 * n + 1), mode.imaginary_part());
        }
        Complex tap = 1.0;
        for (std::size_t k = 0; k < taps_per_channel; ++k) {
            put(Eigen::Index(2 * modes + k), tap);
            tap *= 1.0 + row.delay_minus_one;
        }
        target(r) = weight * response(r).real();
        target(count + r) = weight * response(r).imag();
    }
    // Columns of equal size, so that the ridge means the same to all. A mode that only decays has no
    // imaginary part to fit: its column is zero, and its coefficient stays so.
    Eigen::VectorXd norms = matrix.colwise().norm();
    for (double& norm : norms)
        norm = norm > 0.0 ? norm : 1.0;
    matrix.array().rowwise() /= norms.transpose().array();
    Eigen::MatrixXd normal = ridge * Eigen::MatrixXd::Identity(columns, columns);
    normal.selfadjointView<Eigen::Lower>().rankUpdate(matrix.transpose());
    const Eigen::VectorXd projected = matrix.transpose() * target;
    return normal.selfadjointView<Eigen::Lower>().ldlt().solve(projected).cwiseQuotient(norms);
}

} // namespace

std::vector<DiscreteModes> refit(const StackParameters& stack, double sample_rate) {
    const std::vector<Row> rows = make_rows(stack.activation, stack.sample_rate, sample_rate);
    const std::size_t channels = stack.shape.channels, modes = stack.shape.modes;
    std::vector<DiscreteModes> layers;
    for (LayerParameters layer : stack.layers) {
        const DiscreteModes trained = discretise(layer, stack.sample_rate);
        for (float& frequency : layer.pole_frequency)
            frequency = std::min(frequency, float(highest_pole * 2.0 * std::numbers::pi * sample_rate));
        DiscreteModes moved = discretise(layer, sample_rate);
        moved.taps.resize(taps_per_channel * channels);
        for (std::size_t channel = 0; channel < channels; ++channel) {
            const Eigen::VectorXd fitted = fit_channel(rows, trained, moved, channel, channels);
            for (std::size_t n = 0; n < modes; ++n) {
                moved.readout_real[n * channels + channel] = float(fitted(Eigen::Index(2 * n)));
                moved.readout_imag[n * channels + channel] = float(fitted(Eigen::Index(2 * n + 1)));
            }
            for (std::size_t k = 0; k < taps_per_channel; ++k)
                moved.taps[k * channels + channel] = float(fitted(Eigen::Index(2 * modes + k)));
        }
        layers.push_back(std::move(moved));
    }
    return layers;
}

} // namespace continuo::dsp
