#include "models/capture/plucked_string.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace continuo {

namespace {

constexpr double pi = std::numbers::pi;
constexpr double decay_60_db = 6.907755278982137; // ln 1000
constexpr double damped_seconds = 0.15;           // a finger stops a string by 60 dB in this time
constexpr double inharmonicity = 6e-5;            // of a wound guitar string
constexpr double inaudible = 1e-5;
constexpr std::size_t block = 64; // samples between changes of frequency, and between checks for silence
constexpr std::size_t lanes = 8;

// Eight partials side by side, for the compiler to turn into vectors.
struct PartialGroup {
    std::array<double, lanes> real{}, imag{}, rotation_real{}, rotation_imag{}, frequency{}, decay{};
    double loudest = 0.0;
};

double semitones(double count) {
    return std::exp2(count / 12.0);
}

void add_partials(std::span<double> buffer, const PluckedNote& note, double sample_rate) {
    std::vector<PartialGroup> groups;
    // Magnitude of a second-order low-pass with a quality factor of 1.2, the resonance of a pickup with its
    // cable.
    const auto pickup = [&](double f) {
        const double r = f / note.brightness;
        return 1.0 / std::sqrt((1.0 - r * r) * (1.0 - r * r) + r * r / 1.44);
    };
    const double softness = 900.0 + 5000.0 * note.strength;
    const double base_decay = decay_60_db / note.sustain;
    const double treble_decay =
        std::max(0.0, decay_60_db / note.treble_sustain - base_decay) / (3000.0 * 3000.0);
    const double highest = 0.45 * sample_rate / semitones(std::max(0.0, note.bend_from) + note.vibrato);
    double energy = 0.0;
    std::size_t count = 0;
    for (double k = 1.0;; k += 1.0) {
        const double f = k * note.frequency * std::sqrt(1.0 + inharmonicity * k * k);
        if (f > std::min(highest, 12000.0))
            break;
        const double amplitude = std::sin(k * pi * note.pick_position) *
                                 std::sin(k * pi * note.pickup_position) / k * pickup(f) /
                                 (1.0 + (f / softness) * (f / softness));
        if (count % lanes == 0)
            groups.emplace_back();
        PartialGroup& group = groups.back();
        const std::size_t lane = count % lanes;
        group.real[lane] = amplitude;
        group.frequency[lane] = f;
        group.decay[lane] = base_decay + treble_decay * f * f;
        group.loudest = std::max(group.loudest, std::abs(amplitude));
        energy += amplitude * amplitude;
        ++count;
    }
    if (groups.empty())
        return;
    const double scale = 0.5 * note.strength / std::sqrt(energy);

    const auto begin = static_cast<std::size_t>(std::max(0.0, note.start) * sample_rate);
    const auto attack = std::max<std::size_t>(1, static_cast<std::size_t>(0.0015 * sample_rate));
    double damping = 1.0;
    for (std::size_t at = begin; at < buffer.size(); at += block) {
        const double t = static_cast<double>(at - begin) / sample_rate;
        double shift = 0.0;
        if (t < note.bend_seconds)
            shift = note.bend_from * 0.5 * (1.0 + std::cos(pi * t / note.bend_seconds));
        else
            shift = note.vibrato * std::sin(2.0 * pi * 5.5 * (t - note.bend_seconds));
        const double ratio = semitones(shift);
        const double damping_end =
            t < note.held ? 1.0 : std::exp(-decay_60_db * (t - note.held) / damped_seconds);
        double loudest = 0.0;
        std::array<double, block> sum{};
        for (PartialGroup& group : groups) {
            if (group.loudest < inaudible)
                continue;
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const double angle = 2.0 * pi * group.frequency[lane] * ratio / sample_rate;
                const double radius = std::exp(-group.decay[lane] / sample_rate);
                group.rotation_real[lane] = radius * std::cos(angle);
                group.rotation_imag[lane] = radius * std::sin(angle);
            }
            for (std::size_t i = 0; i < block; ++i) {
                std::array<double, lanes> imag;
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    const double real = group.real[lane] * group.rotation_real[lane] -
                                        group.imag[lane] * group.rotation_imag[lane];
                    imag[lane] = group.real[lane] * group.rotation_imag[lane] +
                                 group.imag[lane] * group.rotation_real[lane];
                    group.real[lane] = real;
                    group.imag[lane] = imag[lane];
                }
                sum[i] +=
                    ((imag[0] + imag[1]) + (imag[2] + imag[3])) + ((imag[4] + imag[5]) + (imag[6] + imag[7]));
            }
            group.loudest = 0.0;
            for (std::size_t lane = 0; lane < lanes; ++lane)
                group.loudest = std::max(group.loudest, std::hypot(group.real[lane], group.imag[lane]));
            loudest = std::max(loudest, group.loudest);
        }
        for (std::size_t i = 0; i < block && at + i < buffer.size(); ++i) {
            const std::size_t since = at - begin + i;
            const double rise =
                since < attack ? static_cast<double>(since) / static_cast<double>(attack) : 1.0;
            const double fade = damping + (damping_end - damping) * static_cast<double>(i) / block;
            buffer[at + i] += scale * rise * fade * sum[i];
        }
        damping = damping_end;
        if (loudest * damping < inaudible)
            break;
    }
}

void add_pick_noise(std::span<double> buffer, const PluckedNote& note, double sample_rate,
                    DeterministicRandom& noise) {
    const auto begin = static_cast<std::size_t>(std::max(0.0, note.start) * sample_rate);
    const auto length = static_cast<std::size_t>(0.006 * sample_rate);
    const double smoothing =
        1.0 - std::exp(-2.0 * pi * std::min(note.brightness, 0.4 * sample_rate) / sample_rate);
    double low = 0.0;
    for (std::size_t i = 0; i < length && begin + i < buffer.size(); ++i) {
        const double x = static_cast<double>(i) / static_cast<double>(length);
        low += smoothing * (noise.uniform(-1.0, 1.0) - low);
        buffer[begin + i] += 0.15 * note.strength * note.strength * std::sin(pi * x) * (1.0 - x) * low;
    }
}

} // namespace

double note_frequency(double midi) {
    return 440.0 * std::exp2((midi - 69.0) / 12.0);
}

double DeterministicRandom::uniform(double low, double high) {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return low + (high - low) * static_cast<double>(z >> 11) * 0x1p-53;
}

void add_plucked_note(std::span<double> buffer, const PluckedNote& note, double sample_rate,
                      DeterministicRandom& noise) {
    add_partials(buffer, note, sample_rate);
    add_pick_noise(buffer, note, sample_rate, noise);
}

} // namespace continuo
