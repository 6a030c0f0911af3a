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
constexpr double ceiling = 0.944; // −0.5 dBFS

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

// Farina's logarithmic sweep: the phase grows by the same number of octaves in each second. The treble falls
// as that of a pickup does, or it would be what a model learns best.
void sweep(std::span<double> part, double peak, double sample_rate) {
    const double low = 25.0, high = std::min(18000.0, 0.45 * sample_rate), corner = 4000.0;
    const double octaves = std::log(high / low), seconds = static_cast<double>(part.size()) / sample_rate;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const double rise = std::exp(static_cast<double>(i) / sample_rate / seconds * octaves);
        const double ratio = low * rise / corner;
        part[i] = peak / (1.0 + ratio * ratio) * std::sin(2.0 * pi * low * seconds / octaves * (rise - 1.0));
    }
    fade_ends(part, 0.02, sample_rate);
}

// Noise with the spectrum of a guitar, at levels in steps of equal length.
void stepped_noise(std::span<double> part, double sample_rate, DeterministicRandom& random) {
    constexpr std::array<double, 12> peaks_db{-40, -14, -24, -6, -32, -18, -3, -55, -10, -20, -28, -0.5};
    for (std::size_t step = 0; step < peaks_db.size(); ++step) {
        const std::size_t begin = part.size() * step / peaks_db.size(),
                          end = part.size() * (step + 1) / peaks_db.size();
        const auto here = part.subspan(begin, end - begin);
        for (double& x : here) // a sum of four is close to a normal distribution, without its rare peaks
            x = random.uniform(-1, 1) + random.uniform(-1, 1) + random.uniform(-1, 1) + random.uniform(-1, 1);
        low_pass(here, 1200.0, sample_rate);
        low_pass(here, step % 3 == 2 ? 6000.0 : 4000.0, sample_rate);
        high_pass(here, 90.0, sample_rate);
        scale_to_peak(here, from_db(peaks_db[step]));
        fade_ends(here, 0.01, sample_rate);
    }
}

// Two tones at once, each pair dying away: intermodulation at every level between the loudest and −50 dBFS.
void two_tones(std::span<double> part, double sample_rate, DeterministicRandom& random) {
    constexpr std::array<double, 6> intervals{7.0, 4.0, 12.0, 5.0, 16.0, 3.0};
    const double seconds = static_cast<double>(part.size()) / sample_rate;
    const auto count = static_cast<std::size_t>(std::clamp(std::round(seconds / 1.2), 2.0, 24.0));
    for (std::size_t pair = 0; pair < count; ++pair) {
        const std::size_t begin = part.size() * pair / count, end = part.size() * (pair + 1) / count;
        const auto here = part.subspan(begin, end - begin);
        const double low = note_frequency(random.uniform(40.0, 84.0));
        const double high = low * std::exp2(intervals[pair % intervals.size()] / 12.0);
        const double decay =
            5.5 * sample_rate / static_cast<double>(here.size()); // about 48 dB from start to end
        for (std::size_t i = 0; i < here.size(); ++i) {
            const double t = static_cast<double>(i) / sample_rate;
            here[i] =
                std::exp(-decay * t) * (std::sin(2.0 * pi * low * t) + 0.8 * std::sin(2.0 * pi * high * t));
        }
        scale_to_peak(here, pair % 3 == 2 ? from_db(-12.0) : ceiling);
        fade_ends(here, 0.005, sample_rate);
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
    constexpr std::array<double, 12> peaks_db{-4, -9, -0.5, -14, -6, -3, -20, -10, -5, -2, -30, -7};
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
    const double body = seconds - 2.0 * click_seconds - 5.0 * silence_seconds;
    DeterministicRandom random(0x6578636974650001u);
    constexpr std::array<double, 4> sweep_db{-42.0, -28.0, -16.0, -4.0};
    for (const double db : sweep_db)
        sweep(next(0.018 * body), from_db(db), sample_rate);
    stepped_noise(next(0.2 * body), sample_rate, random);
    two_tones(next(0.06 * body), sample_rate, random);
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
