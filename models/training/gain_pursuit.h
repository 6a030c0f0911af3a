#pragma once

#include "models/operations/gain_least_squares.h"
#include "models/training/worker_pool.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace continuo {

/// One way from the input's level to the gain: a level detector, a knee, a smoother and its lag (one level,
/// one channel of dsp::GainTensors).
struct GainPath {
    bool peak;                                       ///< of peaks, not of mean squares
    double rise_time, fall_time;                     ///< of the detector, s
    double knee;                                     ///< added to `gain_path_slope` times the level
    double smoothing_rise_time, smoothing_fall_time; ///< s
    double lag_time;                                 ///< s
};

/// The slope of every path's curve.
inline constexpr double gain_path_slope = 2.0;

/// The lag of a path that needs none, s: about a control period, so that descent can still make it longer.
inline constexpr double gain_path_short_lag = 2e-4;

/// A first guess: ln g ≈ offset + by_knobs · k + Σ readout · path, at the mean of the settings.
struct GainGuess {
    std::vector<GainPath> paths;
    std::vector<double> readout;  ///< one per path
    double offset = 0.0;          ///< in nepers
    double polarity = 1.0;        ///< −1 where the device turns it, else 1
    std::vector<double> by_knobs; ///< one per knob
};

/// Chooses, out of some hundreds of paths, those which together explain the gain that the recordings show: of
/// a descent that begins anywhere, many end in a valley whose detectors are all of the wrong kind, while here
/// the times are tried, not descended to. The gain of a control period is what was played in it against what
/// came out; it counts by its energy, so the error is nearly that of the sound. A knob may scale a path here
/// and shift the whole, no more.
///
/// [main-thread] Allocates; the pool's threads work. The same bits for any number of threads.
///
/// Source: Chen, Billings and Luo 1989, "Orthogonal least squares methods and their application to non-linear
/// system identification" (forward selection), here with the columns of all knobs chosen as one.
///
/// \param tracks  at least one, all with the same number of knobs
/// \param shares  how much each track's squared error counts, one per track
/// \param count   paths to choose, ≥ 1
/// \param seed    where in their parts of the scale the paths on offer lie
GainGuess pursue_gain(std::span<const operations::GainTrack> tracks, std::span<const double> shares,
                      std::size_t count, std::uint64_t seed, WorkerPool& pool);

} // namespace continuo
