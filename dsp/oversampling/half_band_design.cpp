#include "dsp/oversampling/half_band_design.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace continuo::dsp {

namespace {

constexpr double pi = std::numbers::pi;

/// The arithmetic-geometric mean. It converges quadratically: 8 steps do for every k of interest.
double arithmetic_geometric_mean(double a, double b) {
    for (int i = 0; i < 16; ++i) {
        const double arithmetic = 0.5 * (a + b);
        b = std::sqrt(a * b);
        a = arithmetic;
    }
    return a;
}

/// The nome q = exp(−π K'/K) of the modulus k.
double nome(double k) {
    const double complement = std::sqrt((1.0 - k) * (1.0 + k));
    return std::exp(-pi * arithmetic_geometric_mean(1.0, complement) / arithmetic_geometric_mean(1.0, k));
}

/// √k sn(2 K u / π, k) = θ1(u, q) / θ4(u, q).
double scaled_sine_amplitude(double u, double q) {
    double theta1 = 0.0, theta4 = 1.0, sign = 1.0;
    for (int i = 0; i < 12; ++i) {
        theta1 += sign * 2.0 * std::pow(q, (i + 0.5) * (i + 0.5)) * std::sin((2 * i + 1) * u);
        sign = -sign;
        theta4 += sign * 2.0 * std::pow(q, (i + 1.0) * (i + 1.0)) * std::cos(2 * (i + 1) * u);
    }
    return theta1 / theta4;
}

/// Modified Bessel function I0, by its power series.
double bessel_i0(double x) {
    double sum = 1.0, term = 1.0;
    for (int i = 1; term > sum * 1e-17; ++i) {
        term *= (0.5 * x / i) * (0.5 * x / i);
        sum += term;
    }
    return sum;
}

/// The 2 · `half` taps beside the centre of a sinc in Kaiser's window.
std::vector<double> windowed_sinc(int half, double beta) {
    const int centre = 2 * half - 1;
    std::vector<double> taps;
    double sum = 0.0;
    for (int i = 0; i < 2 * half; ++i) {
        const double distance = 2 * i - centre, place = distance / (centre + 1.0);
        const double window = bessel_i0(beta * std::sqrt(1.0 - place * place)) / bessel_i0(beta);
        taps.push_back(std::sin(0.5 * pi * distance) / (pi * distance) * window);
        sum += taps.back();
    }
    for (double& tap : taps)
        tap *= 0.5 / sum; // a constant passes both phases alike
    return taps;
}

/// Whether the half-band filter with these taps beside its centre passes no more than `allowed` anywhere in
/// the stop-band. Begins at its edge, where one that is too short nearly always passes more.
bool stops(const std::vector<double>& taps, double transition, double allowed) {
    const std::size_t points = 16 * taps.size();
    for (std::size_t i = points + 1; i-- > 0;) {
        const double frequency = 0.5 - (0.25 - 0.5 * transition) * double(i) / double(points);
        double gain = 0.5;
        for (std::size_t k = 0; k < taps.size(); ++k)
            gain += taps[k] * std::cos(2.0 * pi * frequency * (2.0 * double(k) - double(taps.size()) + 1.0));
        if (std::abs(gain) > allowed)
            return false;
    }
    return true;
}

} // namespace

double half_band_transition(std::size_t stage) {
    if (stage == 0)
        return (44100.0 - 2.0 * 20000.0) / (2.0 * 44100.0);
    return 0.5 - std::exp2(-double(stage) - 1.0);
}

std::vector<double> design_all_pass_half_band(const HalfBandSpecification& specification) {
    // The bilinear transform puts the two band edges at Ω and 1/Ω; their ratio is the modulus.
    const double edge = std::tan(0.5 * pi * (0.5 - specification.transition));
    const double k = edge * edge, q = nome(k);

    // With δ² of power in the stop-band, δ² / (1 − δ²) is the modulus of the elliptic rational function,
    // which is close to 4 √(q^order).
    const double power = std::pow(10.0, -0.1 * specification.attenuation);
    const double needed = std::log(power / (1.0 - power) / 4.0) / (0.5 * std::log(q));
    const double pairs = std::max(1.0, std::ceil((needed - 1.0) / 4.0));
    const double order = 4.0 * pairs + 1.0;

    std::vector<double> coefficients;
    for (int i = 1; i <= int(2.0 * pairs); ++i) {
        const double zero = scaled_sine_amplitude(i * pi / order, q), square = zero * zero;
        // All poles in s lie on the unit circle, which the bilinear transform takes to the imaginary axis of
        // z; their angles follow from the zeros, and a = −z².
        const double cosine = std::sqrt((1.0 - square * k) * (1.0 - square / k)) / (1.0 + square);
        coefficients.push_back((1.0 - cosine) / (1.0 + cosine));
    }
    return coefficients;
}

std::vector<double> design_linear_phase_half_band(const HalfBandSpecification& specification) {
    // Kaiser's estimate of what a length reaches is a little too good for a wide transition: so it is
    // measured. β follows the length, not what is asked for, or else the last dB would take many taps.
    const double allowed = std::pow(10.0, -0.05 * specification.attenuation);
    std::vector<double> taps;
    int half = 0;
    do {
        ++half;
        const double reached = 7.95 + 14.36 * specification.transition * (4.0 * half - 2.0); // dB
        taps = windowed_sinc(half, std::max(0.0, 0.1102 * (reached - 8.7)));
    } while (!stops(taps, specification.transition, allowed));
    return taps;
}

} // namespace continuo::dsp
