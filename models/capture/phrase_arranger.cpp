#include "models/capture/phrase_arranger.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace continuo {

Phrase PhraseArranger::compose(PhraseKind kind) {
    playing_ = Playing{};
    playing_.beat = 60.0 / random_.uniform(76.0, 150.0);
    playing_.strength = random_.uniform(0.45, 0.95);
    playing_.string.brightness = random_.uniform(1800.0, 5500.0);
    playing_.string.pick_position = random_.uniform(0.08, 0.4);
    playing_.string.pickup_position =
        random_.pick(2) ? random_.uniform(0.06, 0.1) : random_.uniform(0.2, 0.27);
    playing_.string.sustain = random_.uniform(2.5, 7.0);
    playing_.string.treble_sustain = random_.uniform(0.35, 1.5);
    phrase_ = Phrase{};
    switch (kind) {
    case PhraseKind::melody:
        walk(random_.uniform(42.0, 76.0), 16, 0.25, {}, 40.0, 88.0);
        break;
    case PhraseKind::muted:
        muted();
        break;
    case PhraseKind::strum:
        strum();
        break;
    case PhraseKind::power_chords:
        power_chords();
        break;
    case PhraseKind::bends:
        bends();
        break;
    case PhraseKind::arpeggio:
        arpeggio();
        break;
    case PhraseKind::bass:
        playing_.string.brightness = random_.uniform(700.0, 2200.0);
        playing_.string.treble_sustain = 0.3;
        walk(random_.uniform(28.0, 40.0), 10, 0.5, {}, 28.0, 55.0);
        break;
    case PhraseKind::double_stops:
        walk(random_.uniform(52.0, 76.0), 10, 0.5, {random_.pick(2) ? 12.0 : 4.0 + random_.pick(2)}, 45.0,
             84.0);
        break;
    case PhraseKind::long_note:
        long_note();
        break;
    }
    return phrase_;
}

void PhraseArranger::stroke(double midi, double start, double held, double strength) {
    PluckedNote note = playing_.string;
    note.frequency = note_frequency(midi);
    note.start = start + random_.uniform(0.0, 0.008); // no hand is exact
    note.held = held;
    note.strength = std::clamp(strength * random_.uniform(0.8, 1.1), 0.05, 1.0);
    note.sustain *= std::clamp(std::sqrt(110.0 / note.frequency), 0.35, 1.3); // short strings die away sooner
    phrase_.notes.push_back(note);
    phrase_.seconds = std::max(phrase_.seconds, start + held);
}

// Single notes, or several moving together, up and down a scale.
void PhraseArranger::walk(double from, int notes, double beats, const std::vector<double>& above,
                          double lowest, double highest) {
    constexpr std::array<double, 7> steps{2, 2, 1, 2, 3, 5, 7};
    double midi = std::round(from), now = 0.0;
    for (int i = 0; i < notes; ++i) {
        const double length = playing_.beat * beats * (1 << random_.pick(3)) * (i + 1 == notes ? 3.0 : 1.0);
        double strength = playing_.strength;
        const int touch = random_.pick(6);
        strength *= touch == 0 ? 1.3 : touch == 1 ? 0.45 : 1.0;
        stroke(midi, now, length * 0.95, strength);
        for (const double interval : above)
            stroke(midi + interval, now + 0.008, length * 0.95, strength);
        now += length;
        midi += steps[static_cast<std::size_t>(random_.pick(7))] * (random_.pick(2) ? 1.0 : -1.0);
        if (midi > highest)
            midi -= 12.0;
        if (midi < lowest)
            midi += 12.0;
    }
}

void PhraseArranger::muted() {
    playing_.string.sustain = random_.uniform(0.25, 0.6);
    playing_.string.treble_sustain = random_.uniform(0.05, 0.15);
    const double root = 40.0 + random_.pick(12);
    double now = 0.0;
    for (int i = 0; i < 20; ++i) {
        const bool accent = i % 8 == 0 || random_.pick(6) == 0;
        const double midi = root + (random_.pick(4) == 0 ? 3.0 + random_.pick(5) : 0.0);
        stroke(midi, now, playing_.beat * 0.35, playing_.strength * (accent ? 1.3 : 0.7));
        if (accent && root < 47.0)
            stroke(midi + 7.0, now + 0.004, playing_.beat * 0.35, playing_.strength);
        now += playing_.beat * 0.5;
    }
}

void PhraseArranger::chord(double root, std::span<const double> intervals, double start, double held,
                           double strength, bool down, double stagger) {
    for (std::size_t i = 0; i < intervals.size(); ++i) {
        const std::size_t string = down ? i : intervals.size() - 1 - i;
        stroke(root + intervals[string], start + stagger * static_cast<double>(i), held,
               strength * random_.uniform(0.7, 1.0));
    }
}

void PhraseArranger::strum() {
    constexpr std::array<std::array<double, 6>, 5> shapes{{{0, 7, 12, 16, 19, 24},
                                                           {0, 7, 12, 15, 19, 24},
                                                           {0, 7, 10, 16, 19, 24},
                                                           {0, 7, 12, 14, 19, 24},
                                                           {0, 7, 11, 16, 19, 23}}};
    double now = 0.0;
    for (int bar = 0; bar < 3; ++bar) {
        const double root = 40.0 + random_.pick(14);
        const auto& shape = shapes[static_cast<std::size_t>(random_.pick(5))];
        for (int hit = 0; hit < 4; ++hit) {
            const double length = playing_.beat * (hit == 0 ? 1.5 : hit == 3 ? 2.0 : 0.5);
            const bool down = hit % 2 == 0;
            const auto strings = down ? std::span(shape) : std::span(shape).subspan(2);
            chord(root, strings, now, length * 0.98, playing_.strength * (hit == 0 ? 1.1 : 0.6), down,
                  random_.uniform(0.006, 0.022));
            now += length;
        }
    }
}

void PhraseArranger::power_chords() {
    constexpr std::array<double, 3> fifth{0, 7, 12};
    double now = 0.0;
    for (int i = 0; i < 7; ++i) {
        const double length = playing_.beat * (1 << random_.pick(3));
        const double held = random_.pick(2) ? length * 0.95 : length * 0.4;
        chord(40.0 + random_.pick(13), fifth, now, held, playing_.strength, true, 0.005);
        now += length;
    }
    phrase_.seconds = now;
}

void PhraseArranger::bends() {
    double now = 0.0;
    for (int i = 0; i < 6; ++i) {
        const double length = playing_.beat * (1.0 + random_.pick(3));
        const bool bent = random_.pick(3) > 0;
        playing_.string.bend_from = bent ? -1.0 - random_.pick(2) : 0.0;
        playing_.string.bend_seconds = bent ? random_.uniform(0.08, 0.35) : 0.05;
        playing_.string.vibrato = random_.pick(2) ? random_.uniform(0.1, 0.4) : 0.0;
        stroke(60.0 + random_.pick(24), now, length * 0.97, playing_.strength);
        now += length;
    }
}

void PhraseArranger::arpeggio() {
    constexpr std::array<double, 6> shape{0, 7, 12, 16, 19, 24};
    double now = 0.0;
    for (int bar = 0; bar < 2; ++bar) {
        const double root = 40.0 + random_.pick(14);
        const double minor = random_.pick(2) ? -1.0 : 0.0;
        for (int i = 0; i < 8; ++i) {
            const std::size_t string = i < 6 ? static_cast<std::size_t>(i) : static_cast<std::size_t>(10 - i);
            const double third = string == 3 ? minor : 0.0;
            stroke(root + shape[string] + third, now, playing_.beat * (8 - i) * 0.5 + 0.5,
                   playing_.strength * (i == 0 ? 1.1 : 0.75));
            now += playing_.beat * 0.5;
        }
    }
}

void PhraseArranger::long_note() {
    const double root = 40.0 + random_.pick(30);
    stroke(root, 0.0, 4.5, 1.0);
    if (random_.pick(2))
        stroke(root + 7.0, 0.01, 4.5, 0.9);
}

} // namespace continuo
