#pragma once

#include <cstddef>
#include <span>

namespace continuo {

/// How far a model's output is from the device's. Every figure is finite, for silent recordings too.
struct Metrics {
    double esr = 0.0;              ///< error-to-signal ratio, 0: equal, 1: as wrong as silence
    double esr_pre_emphasis = 0.0; ///< the same behind 1 − 0.85 z⁻¹, which weighs treble as ears do
    double esr_fixed_gain = 0.0;   ///< ESR of the dry signal at its best constant gain: what no model gives
    double mae = 0.0;              ///< mean absolute error, full scale 1
    double mr_stft = 0.0;          ///< multi-resolution STFT distance (mr_stft.h)
    double loudness_difference_lu = 0.0; ///< loudness of output − target, LU; > 0: the output is louder
    std::size_t frames = 0;
    double sample_rate = 0.0; ///< Hz
};

/// A recording quieter than this, rms relative to full scale, is silent: ratios take this level as their
/// denominator, so that they stay finite.
inline constexpr double silence_rms = 1e-6; // −120 dBFS

/// ESR = Σ (y − ŷ)² / Σ y², sums in double; y: target, ŷ: output. The denominator is at least
/// frames × silence_rms², and ESR is 0 where there is no frame.
/// [any-thread] Allocates nothing. Throws std::invalid_argument where the lengths differ.
/// Source: Wright, Damskägg, Juvela, Välimäki 2020, "Real-Time Guitar Amplifier Emulation with Deep
/// Learning", eq. 8.
double esr(std::span<const float> target, std::span<const float> output);

/// ESR of both signals behind the first-order filter 1 − 0.85 z⁻¹, which starts at rest. Otherwise as esr().
/// Source: the same, section 3.2 (coefficient 0.85 as used there for guitar).
double esr_pre_emphasis(std::span<const float> target, std::span<const float> output);

/// The constant gain g that makes Σ (y − g x)² least; 0 where the dry signal x is silent.
/// [any-thread] Allocates nothing. Throws std::invalid_argument where the lengths differ.
double best_fixed_gain(std::span<const float> dry, std::span<const float> target);

/// ESR of the dry signal times best_fixed_gain().
double esr_fixed_gain(std::span<const float> dry, std::span<const float> target);

/// Mean of |y − ŷ|; 0 where there is no frame. [any-thread] Allocates nothing. Throws as esr() does.
double mean_absolute_error(std::span<const float> target, std::span<const float> output);

/// Integrated loudness of one channel in LUFS, not below −70, the level of the absolute gate. Audio shorter
/// than a gating block of 400 ms counts as followed by silence.
/// \param sample_rate  16 Hz to 2 822 400 Hz
/// [any-thread] Allocates. Throws std::invalid_argument where the rate is out of range.
/// Source: ITU-R BS.1770-4, through libebur128.
double loudness_lufs(std::span<const float> samples, double sample_rate);

/// All figures at once.
/// \param dry     what went into the device, aligned with the target
/// \param target  what the device made of it
/// \param output  what the model made of it
/// [any-thread] Allocates. Throws std::invalid_argument where lengths differ, a sample is not finite, or the
/// rate is out of range (loudness_lufs).
Metrics evaluate_metrics(std::span<const float> dry, std::span<const float> target,
                         std::span<const float> output, double sample_rate);

} // namespace continuo
