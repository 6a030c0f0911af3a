#include "models/capture/excitation.h"

#include "models/capture/phrase_arranger.h"
#include "models/capture/plucked_string.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <stdexcept>

namespace continuo {

namespace {

constexpr double pi = std::numbers::pi;

double from_db(double db) {
    return std::pow(10.0, db / 20.0);
}

std::size_t to_samples(double seconds, double sample_rate) {
    return static_cast<std::size_t>(std::lround(std::max(0.0, seconds) * sample_rate));
}

void fade_ends(std::span<double> part, double seconds, double sample_rate) {
    const std::size_t length = std::min(to_samples(seconds, sample_rate), part.size() / 2);
    for (std::size_t i = 0; i < length; ++i) {
        const double gain = 0.5 - 0.5 * std::cos(pi * static_cast<double>(i) / static_cast<double>(length));
        part[i] *= gain;
        part[part.size() - 1 - i] *= gain;
    }
}

void scale_to_peak(std::span<double> part, double peak) {
    double largest = 0.0;
    for (const double x : part)
        largest = std::max(largest, std::abs(x));
    if (largest > 0.0)
        for (double& x : part)
            x *= peak / largest;
}

// First-order sections, matched by their corner in Hz.
void low_pass(std::span<double> part, double corner, double sample_rate) {
    const double a = 1.0 - std::exp(-2.0 * pi * std::min(corner, 0.4 * sample_rate) / sample_rate);
    double state = 0.0;
    for (double& x : part)
        x = state += a * (x - state);
}

void high_pass(std::span<double> part, double corner, double sample_rate) {
    const double a = 1.0 - std::exp(-2.0 * pi * corner / sample_rate);
    double state = 0.0;
    for (double& x : part) {
        state += a * (x - state);
        x -= state;
    }
}

// Short pulses at unequal distances, so that only one lag makes them all coincide.
void clicks(std::span<double> part, double sample_rate) {
    constexpr std::array<double, 5> starts{0.02, 0.09, 0.13, 0.24, 0.29};
    const std::size_t width = std::max<std::size_t>(2, to_samples(0.0002, sample_rate));
    for (std::size_t click = 0; click < starts.size(); ++click) {
        const std::size_t begin = to_samples(starts[click], sample_rate);
        for (std::size_t i = 1; i < width && begin + i < part.size(); ++i) {
            const double sine = std::sin(pi * static_cast<double>(i) / static_cast<double>(width));
            part[begin + i] = (click % 2 == 0 ? 0.7 : -0.7) * sine * sine;
        }
    }
}

// A guitar that already went through a distortion: dense harmonics, little dynamics.
void overdrive(std::span<double> part, double drive, double sample_rate) {
    scale_to_peak(part, 1.0);
    high_pass(part, 150.0, sample_rate);
    for (double& x : part)
        x = std::tanh(drive * x);
    // The presence of an amplifier: treble counts for more than the distortion alone would give it.
    std::vector<double> treble(part.begin(), part.end());
    high_pass(treble, 2000.0, sample_rate);
    for (std::size_t i = 0; i < part.size(); ++i)
        part[i] += 1.5 * treble[i];
    low_pass(part, 5500.0, sample_rate);
    low_pass(part, 5500.0, sample_rate);
    high_pass(part, 40.0, sample_rate);
}

void phrases(std::span<double> part, double sample_rate) {
    // Levels of the loudest sample of a phrase; inside it strokes differ by some 10 dB and die away.
    constexpr std::array<double, 12> peaks_db{-0.5, -9, -4, -14, -6, -3, -20, -10, -5, -2, -30, -7};
    // The kinds in the shares in which guitars play them; two of five phrases are overdriven.
    constexpr std::array<PhraseKind, 14> kinds{
        PhraseKind::melody,   PhraseKind::strum,        PhraseKind::muted,  PhraseKind::bends,
        PhraseKind::arpeggio, PhraseKind::power_chords, PhraseKind::melody, PhraseKind::double_stops,
        PhraseKind::bass,     PhraseKind::strum,        PhraseKind::muted,  PhraseKind::long_note,
        PhraseKind::melody,   PhraseKind::bends};
    PhraseArranger arranger(0x6775697461720001u);
    DeterministicRandom noise(0x6775697461720002u);
    std::vector<double> buffer;
    std::size_t at = 0;
    for (std::size_t index = 0; at < part.size(); ++index) {
        const PhraseKind kind = kinds[index % kinds.size()];
        const Phrase phrase = arranger.compose(kind);
        const double drive = arranger.random().uniform(3.0, 25.0), gap = arranger.random().uniform(0.02, 0.3);
        const std::size_t length = std::min(to_samples(phrase.seconds + 0.2, sample_rate), part.size() - at);
        buffer.assign(length, 0.0);
        for (const PluckedNote& note : phrase.notes)
            add_plucked_note(buffer, note, sample_rate, noise);
        if (index % 5 == 1 || index % 5 == 3)
            overdrive(buffer, drive, sample_rate);
        scale_to_peak(buffer, from_db(peaks_db[index % peaks_db.size()]));
        fade_ends(buffer, 0.004, sample_rate);
        std::copy(buffer.begin(), buffer.end(), part.begin() + static_cast<std::ptrdiff_t>(at));
        at += length + to_samples(gap, sample_rate);
    }
}

} // namespace

std::vector<float> make_excitation(double seconds, double sample_rate) {
    if (!(seconds >= least_excitation_seconds && seconds <= longest_excitation_seconds))
        throw std::invalid_argument("an excitation lasts from 10 s to 3600 s");
    if (!(sample_rate >= 8000.0 && sample_rate <= 768000.0))
        throw std::invalid_argument("an excitation needs a sample rate from 8000 Hz to 768000 Hz");

    std::vector<double> signal(to_samples(seconds, sample_rate));
    std::size_t at = 0;
    const auto next = [&](double length) {
        const std::size_t count = std::min(to_samples(length, sample_rate), signal.size() - at);
        const auto part = std::span(signal).subspan(at, count);
        at += count;
        return part;
    };
    constexpr double click_seconds = 0.35, silence_seconds = 0.3;
    next(silence_seconds);
    clicks(next(click_seconds), sample_rate);
    next(2.0 * silence_seconds); // the noise floor of the device
    phrases(next(seconds - static_cast<double>(at) / sample_rate - click_seconds - 2.0 * silence_seconds),
            sample_rate);
    next(silence_seconds);
    clicks(next(click_seconds), sample_rate);

    std::vector<float> result(signal.size());
    std::transform(signal.begin(), signal.end(), result.begin(),
                   [](double x) { return static_cast<float>(x); });
    return result;
}

} // namespace continuo
