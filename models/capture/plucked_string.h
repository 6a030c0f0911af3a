#pragma once

#include <cstdint>
#include <span>

namespace continuo {

/// Random numbers that are the same on every platform, unlike the distributions of the standard library.
/// Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64).
class DeterministicRandom {
  public:
    explicit DeterministicRandom(std::uint64_t seed) : state_(seed) {}

    /// [any-thread] Allocates nothing. The result is in [low, high).
    double uniform(double low, double high);
    /// 0 to count − 1.
    int pick(int count) { return static_cast<int>(uniform(0.0, static_cast<double>(count))); }

  private:
    std::uint64_t state_;
};

/// Hz of a note by its MIDI number: 69 is the A of 440 Hz, in equal temperament. [any-thread]
double note_frequency(double midi);

/// One stroke of a string as an electric guitar's pickup hears it.
struct PluckedNote {
    double start = 0.0;            ///< s from the start of the buffer
    double held = 1.0;             ///< s until a finger damps the string
    double frequency = 0.0;        ///< Hz
    double strength = 1.0;         ///< 0 to 1; soft strokes are duller too
    double sustain = 5.0;          ///< s in which the fundamental falls by 60 dB
    double treble_sustain = 0.8;   ///< the same at 3 kHz, s
    double brightness = 3000.0;    ///< Hz, corner of the pickup and cable, second order
    double pick_position = 0.2;    ///< from the bridge, in lengths of the string
    double pickup_position = 0.12; ///< the same
    double bend_from = 0.0;        ///< semitones relative to `frequency` at the start
    double bend_seconds = 0.0;     ///< s until the bend has arrived
    double vibrato = 0.0;          ///< semitones, at 5.5 Hz, once the bend has arrived
};

/// Adds the note to `buffer`: a sum of partials below 0.45 × sample_rate that decay each at its own rate, so
/// that a string sounds the same at any rate, and the short noise of the pick. Peaks are of the order of
/// `strength`.
/// \param noise  source of the pick's noise
/// [any-thread] Allocates.
/// Source: Fletcher, Rossing, "The Physics of Musical Instruments", 2 and 9 (plucked strings, stiffness).
void add_plucked_note(std::span<double> buffer, const PluckedNote& note, double sample_rate,
                      DeterministicRandom& noise);

} // namespace continuo
