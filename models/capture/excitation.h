#pragma once

#include <vector>

namespace continuo {

inline constexpr double least_excitation_seconds = 10.0, longest_excitation_seconds = 3600.0;

/// The signal to play through a device, so that a model of it can be trained on what comes back.
///
/// In order: silence, clicks for alignment, then about a third logarithmic sweeps and noise at stepped
/// levels and two thirds plucked strings (single notes, muted strings, strums, bends, arpeggios, bass) at
/// levels from about −50 dBFS to full, then clicks and silence. The same seconds and rate give the same
/// samples. No sample is beyond ±0.95; every part begins and ends smoothly. The audible content is the same
/// at any rate of 16 kHz or more.
///
/// \param seconds      10 to 3600; the result has round(seconds × sample_rate) samples
/// \param sample_rate  8000 Hz to 768000 Hz
/// [main-thread] Allocates. Throws std::invalid_argument where a value is out of range.
/// Sources: Fletcher, Rossing, "The Physics of Musical Instruments" (plucked strings); Farina 2000 (sweep).
std::vector<float> make_excitation(double seconds, double sample_rate);

} // namespace continuo
