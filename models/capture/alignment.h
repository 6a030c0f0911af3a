#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace continuo {

/// How the recording of a device lies to the recording of what went in.
struct Alignment {
    /// Samples by which the wet recording is later; < 0: earlier. The device's own filtering counts as far as
    /// it is minimum phase as part of the device, not as delay, so that a causal model can follow.
    std::ptrdiff_t delay = 0;
    bool inverted = false; ///< the device, or a cable, turns the polarity
    /// 0 to 1: the share of the recording's parts that lie where the delay says, or the share of the wet
    /// energy that is a linear response to the dry recording, whichever is more. Below
    /// least_alignment_confidence the two do not belong together or are too damaged to tell.
    double confidence = 0.0;
    /// Change of the delay in samples per million samples: two clocks. 0 where too short to tell.
    double drift_ppm = 0.0;
    /// Samples by which the delay changes over the recording.
    double drift_samples = 0.0;
    /// Largest lasting step of the delay between neighbouring parts, in samples: < 0 lost, > 0 added ones.
    double jump_samples = 0.0;
    double jump_seconds = 0.0; ///< where the step is, from the start of the dry recording
};

inline constexpr double least_alignment_confidence = 0.5;

/// Finds delay and polarity of `wet` relative to `dry`, for devices that distort, filter, compress, add
/// noise.
///
/// 1. The lag over the whole recordings, up to some 20 s: cross-correlation with partial whitening of the
///    signals, of their absolute values and of their onsets, at about 12 kHz.
/// 2. The lag of every part of some seconds, to a fraction of a sample. A straight line through the lags is
///    the drift.
/// 3. The device's linear response over all parts. Its minimum-phase part, found from its magnitude, is taken
///    off; what is left is the delay and the sign.
///
/// \param dry, wet     one channel each, finite; lengths may differ
/// \param sample_rate  Hz, of both
/// [main-thread] Allocates; takes seconds at most. Confidence 0 where either is silent or shorter than 1000
/// samples. Throws std::invalid_argument where the rate is not positive.
/// Sources: Knapp, Carter 1976, "The generalized correlation method for estimation of time delay" (1 to 3);
/// Oppenheim, Schafer, "Discrete-Time Signal Processing", 12 (minimum phase from the cepstrum).
Alignment find_alignment(std::span<const float> dry, std::span<const float> wet, double sample_rate);

/// The parts of both recordings that belong together once the wet one is moved by `delay`, equally long.
/// [any-thread] Allocates nothing: views into `dry` and `wet`; both empty where nothing overlaps.
std::pair<std::span<const float>, std::span<const float>>
overlap(std::span<const float> dry, std::span<const float> wet, std::ptrdiff_t delay);

} // namespace continuo
