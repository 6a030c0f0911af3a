#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace continuo::dsp {

/// The size of a gain model, driven by `knobs` control values.
struct GainShape {
    std::size_t levels = 0;   ///< one-poles that measure the input's level, 1 to 16
    std::size_t channels = 0; ///< selective smoothers, 1 to 16
    std::size_t hidden = 0;   ///< units of the network that reads them, 1 to 32
    std::size_t modes = 0;    ///< complex modes of the linear colouring, 1 to 16
    std::size_t knobs = 0;    ///< 0 to 16

    friend bool operator==(const GainShape&, const GainShape&) = default;
};

/// What is learned of a gain model. `Number` is float where it is stored, double where it is learned or
/// played, and a dual number where a test derives it.
///
/// Once per control period of T seconds, with m̄⁺ and m̄⁻ the shares of the half waves above and below zero in
/// the mean square of the scaled input over that period, p⁺ and p⁻ the squares of its highest and lowest
/// sample and k the knobs:
///
///     e_i = (1 − β_i) ((1 + α_i) m̄⁺ + (1 − α_i) m̄⁻)               rms
///               + β_i max((1 + α_i) p⁺, (1 − α_i) p⁻)             peak
///     m_i ← e_i + exp(−T / τ_i) (m_i − e_i)                       the level bank
///     τ_i = level_rise_time_i exp(R_i·k) where e_i > m_i, else level_fall_time_i exp(F_i·k)
///     l_i = ¼ ln(m_i + 1e-7)
///     v   = φ(V l + b_v + K_v k; κ)                     φ(x; κ) = (x + √(x² + κ²)) / 2, φ(x) = φ(x; 1)
///     Δ   = φ(W l + q ∘ (v − s) + b_Δ)                  how fast, from the level: selective
///     s_j ← v_j + exp(−Δ_j T / τ_j) (s_j − v_j)
///     τ_j = rise_time_j exp(R'_j·k) where v_j > s_j, else fall_time_j exp(F'_j·k)
///     w_j ← s_j + exp(−T / σ_j) (w_j − s_j)             σ_j = lag_time_j exp(L_j·k)
///     h   = φ(A w + b_h + K_h k)
///     ln g = g0 + G·k + (1 + D·k) (r·w + c·h)           within ±12
///
/// and once per sample, with a = −pole_decay + i pole_frequency and λ = exp(a / sample rate):
///
///     z_n ← λ_n z_n + (1 − λ_n) x                                 exact zero-order hold, unit gain at 0 Hz
///     p = exp(ln g) (d x + Re Σ C_n z_n)
///     y = p + (even u² + odd u³) / (1 + u²) / scale,   u = scale p     the bend of a tube, mild and bounded
///
/// where ln g moves in a straight line, over the period after its own, to the value that its own period gave.
///
/// Matrices are row-major [to][from].
template <typename Number>
struct GainTensors {
    std::vector<Number> level_peak;       ///< β, 0 to 1 [level]
    std::vector<Number> level_asymmetry;  ///< α, −1 to 1 [level]
    std::vector<Number> level_rise_time;  ///< s, > 0  [level]
    std::vector<Number> level_rise_knobs; ///< R    [level][knob]
    std::vector<Number> level_fall_time;  ///< s, > 0  [level]
    std::vector<Number> level_fall_knobs; ///< F    [level][knob]
    std::vector<Number> curve_mixing;     ///< V    [channel][level]
    std::vector<Number> curve_bias;       ///< b_v  [channel]
    std::vector<Number> curve_knobs;      ///< K_v  [channel][knob]
    std::vector<Number> curve_width;      ///< κ, > 0  [channel]
    std::vector<Number> speed_mixing;     ///< W    [channel][level]
    std::vector<Number> speed_difference; ///< q    [channel]
    std::vector<Number> speed_bias;       ///< b_Δ  [channel]
    std::vector<Number> rise_time;        ///< s, > 0  [channel]
    std::vector<Number> rise_knobs;       ///< R'   [channel][knob]
    std::vector<Number> fall_time;        ///< s, > 0  [channel]
    std::vector<Number> fall_knobs;       ///< F'   [channel][knob]
    std::vector<Number> lag_time;         ///< s, > 0  [channel]
    std::vector<Number> lag_knobs;        ///< L    [channel][knob]
    std::vector<Number> hidden_mixing;    ///< A    [hidden][channel]
    std::vector<Number> hidden_bias;      ///< b_h  [hidden]
    std::vector<Number> hidden_knobs;     ///< K_h  [hidden][knob]
    std::vector<Number> channel_readout;  ///< r    [channel]
    std::vector<Number> hidden_readout;   ///< c    [hidden]
    std::vector<Number> depth_knobs;      ///< D    [knob]
    std::vector<Number> gain_knobs;       ///< G    [knob]
    std::vector<Number> gain_bias;        ///< g0   [1]
    std::vector<Number> direct;           ///< d    [1]
    std::vector<Number> pole_decay;       ///< −Re a, 1/s, > 0    [mode]
    std::vector<Number> pole_frequency;   ///< Im a, rad/s, > 0   [mode]
    std::vector<Number> readout_real;     ///< Re C [mode]
    std::vector<Number> readout_imag;     ///< Im C [mode]
    std::vector<Number> bend_scale;       ///< > 0  [1]
    std::vector<Number> bend_even;        ///< [1]
    std::vector<Number> bend_odd;         ///< [1]

    friend bool operator==(const GainTensors&, const GainTensors&) = default;
};

/// How a tensor is learned.
enum class GainTensorKind {
    positive, ///< by its logarithm: times, poles, widths, scales
    share,    ///< as it is, 0 to 1
    balance,  ///< as it is, −1 to 1, and small is simple
    weight,   ///< as it is, and small is simple
    bias,     ///< as it is
};

/// Calls visit(name, extents, values, kind) for every tensor, always in the same order: the one table that
/// the model file and the trainer share. Tensors of knobs are left out where there are none.
template <typename Tensors, typename Visitor>
void for_each_gain_tensor(const GainShape& shape, Tensors& tensors, Visitor visit) {
    using Extents = std::vector<std::uint64_t>;
    using enum GainTensorKind;
    const std::uint64_t b = shape.levels, h = shape.channels, m = shape.hidden, n = shape.modes,
                        k = shape.knobs;
    visit("level_peak", Extents{b}, tensors.level_peak, share);
    visit("level_asymmetry", Extents{b}, tensors.level_asymmetry, balance);
    visit("level_rise_time", Extents{b}, tensors.level_rise_time, positive);
    visit("level_fall_time", Extents{b}, tensors.level_fall_time, positive);
    visit("curve_mixing", Extents{h, b}, tensors.curve_mixing, weight);
    visit("curve_bias", Extents{h}, tensors.curve_bias, bias);
    visit("curve_width", Extents{h}, tensors.curve_width, positive);
    visit("speed_mixing", Extents{h, b}, tensors.speed_mixing, weight);
    visit("speed_difference", Extents{h}, tensors.speed_difference, weight);
    visit("speed_bias", Extents{h}, tensors.speed_bias, bias);
    visit("rise_time", Extents{h}, tensors.rise_time, positive);
    visit("fall_time", Extents{h}, tensors.fall_time, positive);
    visit("lag_time", Extents{h}, tensors.lag_time, positive);
    visit("hidden_mixing", Extents{m, h}, tensors.hidden_mixing, weight);
    visit("hidden_bias", Extents{m}, tensors.hidden_bias, bias);
    visit("channel_readout", Extents{h}, tensors.channel_readout, weight);
    visit("hidden_readout", Extents{m}, tensors.hidden_readout, weight);
    visit("gain_bias", Extents{1}, tensors.gain_bias, bias);
    visit("direct", Extents{1}, tensors.direct, bias);
    visit("pole_decay", Extents{n}, tensors.pole_decay, positive);
    visit("pole_frequency", Extents{n}, tensors.pole_frequency, positive);
    visit("readout_real", Extents{n}, tensors.readout_real, weight);
    visit("readout_imag", Extents{n}, tensors.readout_imag, weight);
    visit("bend_scale", Extents{1}, tensors.bend_scale, positive);
    visit("bend_even", Extents{1}, tensors.bend_even, weight);
    visit("bend_odd", Extents{1}, tensors.bend_odd, weight);
    if (k == 0)
        return; // an empty tensor says nothing
    visit("level_rise_knobs", Extents{b, k}, tensors.level_rise_knobs, weight);
    visit("level_fall_knobs", Extents{b, k}, tensors.level_fall_knobs, weight);
    visit("curve_knobs", Extents{h, k}, tensors.curve_knobs, weight);
    visit("rise_knobs", Extents{h, k}, tensors.rise_knobs, weight);
    visit("fall_knobs", Extents{h, k}, tensors.fall_knobs, weight);
    visit("lag_knobs", Extents{h, k}, tensors.lag_knobs, weight);
    visit("hidden_knobs", Extents{m, k}, tensors.hidden_knobs, weight);
    visit("depth_knobs", Extents{k}, tensors.depth_knobs, weight);
    visit("gain_knobs", Extents{k}, tensors.gain_knobs, weight);
}

/// Everything of a gain model. The float values are the model: nothing rounds them again.
struct GainParameters {
    GainShape shape;
    double sample_rate = 0.0; ///< Hz, the rate it was trained at
    float input_scale = 1.0f; ///< makes the training audio 1 rms; for the level bank alone
    GainTensors<float> tensors;

    friend bool operator==(const GainParameters&, const GainParameters&) = default;
};

/// Samples per control period, nearest to 1/6000 s: 8 at 48 kHz. At least 1. [any-thread]
std::size_t control_period(double sample_rate) noexcept;

/// Zeros of the right shape, times of 0.1 s, lags too short to matter, poles at 1000 /s, a direct path of
/// gain 1, and no bend. [main-thread] Allocates.
GainParameters make_gain(const GainShape& shape, double sample_rate);

/// How many values are learned (the scale is measured, not learned). [any-thread] Allocates nothing.
std::size_t parameter_count(const GainShape& shape);

/// Throws std::invalid_argument in one line where a size is out of range, a tensor has the wrong size or a
/// value that is not finite, a time, a pole, a width or a scale is not above zero, a share lies outside 0 to
/// 1, or a pole lies at or above half of the sample rate. [main-thread] Allocates.
void validate(const GainParameters& gain);

/// The values in double. [main-thread] Allocates.
GainTensors<double> in_double(const GainParameters& gain);

} // namespace continuo::dsp
