#pragma once

#include "dsp/gain/gain_parameters.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace continuo::dsp {

/// The size of a selective model, driven by `knobs` control values.
struct SelectiveShape {
    std::size_t levels = 0;   ///< one-poles that measure the input's level, 1 to 16
    std::size_t channels = 0; ///< of the selective layer, 1 to 16
    std::size_t states = 0;   ///< of each channel, 1 to 16
    std::size_t hidden = 0;   ///< units of the network that reads the channels, 1 to 32
    std::size_t modes = 0;    ///< complex modes of the linear colouring, 1 to 16
    std::size_t knobs = 0;    ///< 0 to 16

    friend bool operator==(const SelectiveShape&, const SelectiveShape&) = default;
};

/// What is learned of a selective model: a selective state-space layer between the level detectors and the
/// gain. `Number` is float where it is stored, double where it is learned or played, and a dual number where
/// a test derives it.
///
/// The levels l, at the control period T, are those of dsp::GainTensors. With them and the knobs k, once per
/// period:
///
///     u_h  = φ(V l + b_u + K_u k)                          φ(x) = (x + √(x² + 1)) / 2
///     Δ_h  = φ(W l + b_Δ) exp(K_Δ k)                       how fast
///     B_n  = σ((W_B l + b_B)_n)                            what is written; σ(x) = x / √(1 + x²)
///     C_n  = σ((W_C l + b_C)_n)                            what is read, likewise
///     s_hn ← B_n u_h + exp(−Δ_h T / τ_hn) (s_hn − B_n u_h)
///     y_h  = Σ_n C_n s_hn + d_h u_h
///     h    = φ(A y + b_h + K_h k)
///     ln g = g0 + G·k + (1 + D·k) (r·y + c·h)              within ±12
///
/// The colouring, the bend and the straight lines of ln g are those of dsp::GainTensors, too.
///
/// Source: Gu and Dao 2023, "Mamba", algorithm 2 (S6). Different here: the times τ are in seconds and every
/// state decays exactly over a period (a zero-order hold with unit gain at 0 Hz, in place of Δ B u), so that
/// the layer means the same at every rate; no short convolution, whose taps belong to one rate; no
/// normalisation, in whose place σ bounds B and C.
///
/// Matrices are row-major [to][from].
template <typename Number>
struct SelectiveTensors {
    std::vector<Number> level_peak;       ///< β, 0 to 1 [level]
    std::vector<Number> level_asymmetry;  ///< α, −1 to 1 [level]
    std::vector<Number> level_rise_time;  ///< s, > 0  [level]
    std::vector<Number> level_rise_knobs; ///< R    [level][knob]
    std::vector<Number> level_fall_time;  ///< s, > 0  [level]
    std::vector<Number> level_fall_knobs; ///< F    [level][knob]
    std::vector<Number> input_mixing;     ///< V    [channel][level]
    std::vector<Number> input_bias;       ///< b_u  [channel]
    std::vector<Number> input_knobs;      ///< K_u  [channel][knob]
    std::vector<Number> speed_mixing;     ///< W    [channel][level]
    std::vector<Number> speed_bias;       ///< b_Δ  [channel]
    std::vector<Number> speed_knobs;      ///< K_Δ  [channel][knob]
    std::vector<Number> write_mixing;     ///< W_B  [state][level]
    std::vector<Number> write_bias;       ///< b_B  [state]
    std::vector<Number> read_mixing;      ///< W_C  [state][level]
    std::vector<Number> read_bias;        ///< b_C  [state]
    std::vector<Number> state_time;       ///< τ, s, > 0  [channel][state]
    std::vector<Number> skip;             ///< d    [channel]
    std::vector<Number> hidden_mixing;    ///< A    [hidden][channel]
    std::vector<Number> hidden_bias;      ///< b_h  [hidden]
    std::vector<Number> hidden_knobs;     ///< K_h  [hidden][knob]
    std::vector<Number> channel_readout;  ///< r    [channel]
    std::vector<Number> hidden_readout;   ///< c    [hidden]
    std::vector<Number> depth_knobs;      ///< D    [knob]
    std::vector<Number> gain_knobs;       ///< G    [knob]
    std::vector<Number> gain_bias;        ///< g0   [1]
    std::vector<Number> direct;           ///< of the colouring  [1]
    std::vector<Number> pole_decay;       ///< −Re a, 1/s, > 0    [mode]
    std::vector<Number> pole_frequency;   ///< Im a, rad/s, > 0   [mode]
    std::vector<Number> readout_real;     ///< [mode]
    std::vector<Number> readout_imag;     ///< [mode]
    std::vector<Number> bend_scale;       ///< > 0  [1]
    std::vector<Number> bend_even;        ///< [1]
    std::vector<Number> bend_odd;         ///< [1]

    friend bool operator==(const SelectiveTensors&, const SelectiveTensors&) = default;
};

/// Calls visit(name, extents, values, kind) for every tensor, always in the same order: the one table that
/// the model file and the trainer share. Tensors of knobs are left out where there are none.
template <typename Tensors, typename Visitor>
void for_each_gain_tensor(const SelectiveShape& shape, Tensors& tensors, Visitor visit) {
    using Extents = std::vector<std::uint64_t>;
    using enum GainTensorKind;
    const std::uint64_t b = shape.levels, h = shape.channels, s = shape.states, m = shape.hidden,
                        n = shape.modes, k = shape.knobs;
    visit("level_peak", Extents{b}, tensors.level_peak, share);
    visit("level_asymmetry", Extents{b}, tensors.level_asymmetry, balance);
    visit("level_rise_time", Extents{b}, tensors.level_rise_time, positive);
    visit("level_fall_time", Extents{b}, tensors.level_fall_time, positive);
    visit("input_mixing", Extents{h, b}, tensors.input_mixing, weight);
    visit("input_bias", Extents{h}, tensors.input_bias, bias);
    visit("speed_mixing", Extents{h, b}, tensors.speed_mixing, weight);
    visit("speed_bias", Extents{h}, tensors.speed_bias, bias);
    visit("write_mixing", Extents{s, b}, tensors.write_mixing, weight);
    visit("write_bias", Extents{s}, tensors.write_bias, bias);
    visit("read_mixing", Extents{s, b}, tensors.read_mixing, weight);
    visit("read_bias", Extents{s}, tensors.read_bias, bias);
    visit("state_time", Extents{h, s}, tensors.state_time, positive);
    visit("skip", Extents{h}, tensors.skip, weight);
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
    visit("input_knobs", Extents{h, k}, tensors.input_knobs, weight);
    visit("speed_knobs", Extents{h, k}, tensors.speed_knobs, weight);
    visit("hidden_knobs", Extents{m, k}, tensors.hidden_knobs, weight);
    visit("depth_knobs", Extents{k}, tensors.depth_knobs, weight);
    visit("gain_knobs", Extents{k}, tensors.gain_knobs, weight);
}

/// Everything of a selective model. The float values are the model: nothing rounds them again.
struct SelectiveParameters {
    SelectiveShape shape;
    double sample_rate = 0.0; ///< Hz, the rate it was trained at
    float input_scale = 1.0f; ///< makes the training audio 1 rms; for the level bank alone
    SelectiveTensors<float> tensors;

    friend bool operator==(const SelectiveParameters&, const SelectiveParameters&) = default;
};

/// Zeros of the right shape, times of 0.1 s, poles at 1000 /s, a direct path of gain 1, and no bend.
/// [main-thread] Allocates.
SelectiveParameters make_selective(const SelectiveShape& shape, double sample_rate);

/// How many values are learned (the scale is measured, not learned). [any-thread] Allocates nothing.
std::size_t parameter_count(const SelectiveShape& shape);

/// Throws std::invalid_argument in one line where a size is out of range, a tensor has the wrong size or a
/// value that is not finite, a time, a pole, a width or a scale is not above zero, a share lies outside 0 to
/// 1, or a pole lies at or above half of the sample rate. [main-thread] Allocates.
void validate(const SelectiveParameters& selective);

/// The values in double. [main-thread] Allocates.
SelectiveTensors<double> in_double(const SelectiveParameters& selective);

} // namespace continuo::dsp
