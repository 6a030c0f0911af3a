#pragma once

#include "models/capture/plucked_string.h"

#include <cstdint>
#include <span>
#include <vector>

namespace continuo {

enum class PhraseKind { melody, muted, strum, power_chords, bends, arpeggio, bass, double_stops, long_note };

/// What is played, stroke by stroke.
struct Phrase {
    std::vector<PluckedNote> notes;
    double seconds = 0.0; ///< until the last string is stopped
};

/// Invents phrases as guitarists play them: the kind is given, and chance draws the rest, the tune as well as
/// the guitar, its pickup and the hand. The same seed gives the same phrases.
class PhraseArranger {
  public:
    explicit PhraseArranger(std::uint64_t seed) : random_(seed) {}

    /// The next phrase. [main-thread] Allocates.
    Phrase compose(PhraseKind kind);

    /// What the phrases are drawn from. [main-thread]
    DeterministicRandom& random() { return random_; }

  private:
    // Drawn once for a whole phrase.
    struct Playing {
        PluckedNote string;
        double beat = 0.5;     // s
        double strength = 0.8; // of an ordinary stroke
    };

    void stroke(double midi, double start, double held, double strength);
    void walk(double from, int notes, double beats, const std::vector<double>& above, double lowest,
              double highest);
    void muted();
    void chord(double root, std::span<const double> intervals, double start, double held, double strength,
               bool down, double stagger);
    void strum();
    void power_chords();
    void bends();
    void arpeggio();
    void long_note();

    DeterministicRandom random_;
    Playing playing_;
    Phrase phrase_;
};

} // namespace continuo
