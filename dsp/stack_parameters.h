#pragma once

#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// The size of a gated S4D stack: `layers` × `channels` × `modes`, driven by `knobs` control values.
struct StackShape {
    std::size_t layers = 0;   ///< 1 to 64
    std::size_t channels = 0; ///< 1 to 64
    std::size_t modes = 0;    ///< complex modes of each channel, 1 to 64
    std::size_t knobs = 0;    ///< 0 to 16

    friend bool operator==(const StackShape&, const StackShape&) = default;
};

/// The nonlinearity σ in front of every bank of modes.
enum class Activation {
    tanh, ///< v = tanh(u)
    /// u / √(1 + u²) (ISRU) with first-order antiderivative anti-aliasing: v_t = (u_t + u_{t−1}) /
    /// (√(1 + u_t²) + √(1 + u_{t−1}²)), the mean of σ on the straight line from one sample to the next. The
    /// antiderivative is √(1 + u²), so the quotient that defines the method needs no case for equal samples.
    /// Source: Parker, Zavalishin and Le Bivic 2016, "Reducing the aliasing of nonlinear waveshaping using
    /// continuous-time convolution".
    isru
};

/// One layer of the stack:
///
///     u = (1 + F k) ∘ (W x) + b + W_k k        k: the knobs, each in [0, 1]
///     v = σ(u)
///     z ← λ z + v                              per channel and mode, λ = exp(a / sample rate)
///     s = Re Σ_modes C (1 − |λ|) z
///     x ← r ∘ x + s ∘ (1 + tanh(G s + b_g + G_k k))
///
/// Matrices are row-major [to][from]; what belongs to a mode is [mode][channel], so that the channels of one
/// mode lie side by side and fill a SIMD register.
struct LayerParameters {
    std::vector<float> mixing;         ///< W    [channel][channel]
    std::vector<float> mixing_bias;    ///< b    [channel]
    std::vector<float> knob_scale;     ///< F    [channel][knob]
    std::vector<float> knob_bias;      ///< W_k  [channel][knob]
    std::vector<float> pole_decay;     ///< −Re a, 1/s, > 0   [mode][channel]
    std::vector<float> pole_frequency; ///< Im a, rad/s, ≥ 0  [mode][channel]
    std::vector<float> readout_real;   ///< Re C [mode][channel]
    std::vector<float> readout_imag;   ///< Im C [mode][channel]
    std::vector<float> skip;           ///< r    [channel]
    std::vector<float> gate;           ///< G    [channel][channel]
    std::vector<float> gate_bias;      ///< b_g  [channel]
    std::vector<float> knob_gate;      ///< G_k  [channel][knob]

    friend bool operator==(const LayerParameters&, const LayerParameters&) = default;
};

/// Everything that is learned. The float values are the model: nothing rounds them again.
///
///     x = e · (input_scale · input);  layers;  output = output_scale · (d · x + d0)
struct StackParameters {
    StackShape shape;
    Activation activation = Activation::tanh;
    double sample_rate = 0.0; ///< Hz, the rate it was trained at
    float input_scale = 1.0f;
    float output_scale = 1.0f;
    std::vector<float> encoder; ///< e  [channel]
    std::vector<float> decoder; ///< d  [channel]
    float decoder_bias = 0.0f;  ///< d0
    std::vector<LayerParameters> layers;

    friend bool operator==(const StackParameters&, const StackParameters&) = default;
};

/// Zeros of the right shape everywhere, with a decay of 1 /s at every pole.
/// [main-thread] Allocates.
StackParameters make_stack(const StackShape& shape, double sample_rate);

/// How many values are learned (scales are measured, not learned).
/// [any-thread] Allocates nothing.
std::size_t parameter_count(const StackShape& shape);

/// Throws std::invalid_argument in one line where a shape is out of range, a tensor has the wrong size, a
/// value is not finite, or a pole does not decay or lies at or above half of the sample rate. [main-thread]
/// Allocates only to throw.
void validate(const StackParameters& parameters);

} // namespace continuo::dsp
