#include "models/capture/alignment.h"

#include "models/capture/cross_spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <vector>

#include <Eigen/Cholesky>
#include <unsupported/Eigen/FFT>

namespace continuo {

namespace {

constexpr std::size_t least_samples = 1000, most_parts = 64;
constexpr double coarse_rate = 12000.0; // Hz
constexpr double part_seconds = 4.0;
constexpr double quiet_part = 3e-5;        // energy relative to the loudest part, −45 dB
constexpr double search_seconds = 0.03;    // around the coarse lag
constexpr double largest_drift = 300e-6;   // beyond this it is another recording
constexpr double least_likeness = 0.002;   // squared coherence of averages over a third of an octave
constexpr double earliest_seconds = 0.001; // by which the onset may lie before the delay of the bulk
constexpr double needed_loss = 0.1;        // share of the explained energy that proves a delay to be too late
constexpr double causal_loss = 0.05; // and the share that may still come before the delay that replaces it
constexpr double agreement_seconds = 6e-5; // within which parts are said to agree

using Lags = std::vector<std::ptrdiff_t>;

double energy_of(std::span<const float> samples) {
    double energy = 0.0;
    for (const float x : samples)
        energy += static_cast<double>(x) * x;
    return energy;
}

// ---- 1. the lag over the whole recordings
// ----------------------------------------------------------------------

std::vector<float> decimate(std::span<const float> samples, std::size_t factor) {
    std::vector<float> result(samples.size() / factor);
    for (std::size_t i = 0; i < result.size(); ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < factor; ++j)
            sum += samples[i * factor + j];
        result[i] = static_cast<float>(sum / static_cast<double>(factor));
    }
    return result;
}

void remove_mean(std::vector<float>& samples) {
    double sum = 0.0;
    for (const float x : samples)
        sum += x;
    const auto mean = static_cast<float>(sum / static_cast<double>(std::max<std::size_t>(1, samples.size())));
    for (float& x : samples)
        x -= mean;
}

std::vector<float> absolute_values(std::span<const float> samples) {
    std::vector<float> result(samples.begin(), samples.end());
    remove_mean(result);
    for (float& x : result)
        x = std::abs(x);
    remove_mean(result);
    return result;
}

// Rises of the level in decibels: what is left of the music where a device distorts the waveform beyond
// likeness.
std::vector<float> onsets(std::span<const float> samples) {
    std::vector<float> result(samples.begin(), samples.end());
    remove_mean(result);
    const double peak = energy_of(result) / static_cast<double>(std::max<std::size_t>(1, result.size()));
    double fast = 0.0, slow = 0.0;
    for (float& x : result) {
        const double power = static_cast<double>(x) * x;
        fast += 0.02 * (power - fast);
        slow += 0.001 * (power - slow);
        x = static_cast<float>(
            std::max(0.0, std::log((fast + 1e-5 * peak + 1e-30) / (slow + 1e-5 * peak + 1e-30))));
    }
    remove_mean(result);
    return result;
}

// The lag of the largest partially whitened correlation, in samples of what is given.
std::ptrdiff_t correlation_lag(std::span<const float> first, std::span<const float> second) {
    const std::size_t size = std::bit_ceil(first.size() + second.size());
    using Complex = std::complex<float>;
    std::vector<Complex> both(size), spectrum(size);
    for (std::size_t i = 0; i < first.size(); ++i)
        both[i].real(first[i]);
    for (std::size_t i = 0; i < second.size(); ++i)
        both[i].imag(second[i]);
    Eigen::FFT<float> fft;
    fft.fwd(spectrum, both);
    both[0] = 0.0f;
    for (std::size_t bin = 1; bin < size; ++bin) {
        const Complex positive = spectrum[bin], negative = std::conj(spectrum[size - bin]);
        const Complex a = 0.5f * (positive + negative), b = Complex(0.0f, -0.5f) * (positive - negative);
        const Complex cross = std::conj(a) * b;
        both[bin] = cross / (std::pow(std::abs(cross), 0.75f) + 1e-20f);
    }
    fft.inv(spectrum, both);
    std::size_t best = 0;
    float largest = -1.0f;
    for (std::size_t i = 0; i < size; ++i)
        if (std::abs(spectrum[i].real()) > largest) {
            largest = std::abs(spectrum[i].real());
            best = i;
        }
    const auto lag = static_cast<std::ptrdiff_t>(best);
    return best < size / 2 ? lag : lag - static_cast<std::ptrdiff_t>(size);
}

// Lags to try, in samples of the recordings, the likeliest first.
Lags coarse_lags(std::span<const float> dry, std::span<const float> wet, double sample_rate) {
    const auto factor = std::max<std::size_t>(1, static_cast<std::size_t>(sample_rate / coarse_rate));
    const std::vector<float> slow_dry = decimate(dry, factor), slow_wet = decimate(wet, factor);
    Lags lags;
    // The long stretch finds a lag of many seconds; the short one serves where clocks drift or samples were
    // lost.
    for (const std::size_t stretch : {std::size_t{1} << 19, std::size_t{1} << 16}) {
        std::size_t begin = 0;
        if (slow_dry.size() > stretch) {
            double largest = -1.0;
            for (std::size_t at = 0; at + stretch <= slow_dry.size(); at += stretch / 4)
                if (const double energy = energy_of(std::span(slow_dry).subspan(at, stretch));
                    energy > largest) {
                    largest = energy;
                    begin = at;
                }
        } else if (stretch < (std::size_t{1} << 19)) {
            break;
        }
        const auto first = std::span(slow_dry).subspan(begin, std::min(stretch, slow_dry.size() - begin));
        const std::size_t margin = stretch / 2, wet_begin = begin > margin ? begin - margin : 0;
        if (wet_begin >= slow_wet.size())
            continue;
        const auto second = std::span(slow_wet).subspan(
            wet_begin, std::min(first.size() + 2 * margin, slow_wet.size() - wet_begin));
        const auto offset = static_cast<std::ptrdiff_t>(wet_begin) - static_cast<std::ptrdiff_t>(begin);
        const auto try_lag = [&](std::ptrdiff_t lag) {
            lags.push_back((lag + offset) * static_cast<std::ptrdiff_t>(factor));
        };
        try_lag(correlation_lag(first, second));
        try_lag(correlation_lag(absolute_values(first), absolute_values(second)));
        try_lag(correlation_lag(onsets(first), onsets(second)));
    }
    Lags distinct;
    for (const std::ptrdiff_t lag : lags)
        if (std::none_of(distinct.begin(), distinct.end(), [&](std::ptrdiff_t other) {
                return std::abs(static_cast<double>(lag - other)) < 0.3 * search_seconds * sample_rate;
            }))
            distinct.push_back(lag);
    return distinct;
}

// ---- 2. the lag of every part
// ----------------------------------------------------------------------------------

struct Part {
    CrossSpectrum spectrum;
    double centre = 0.0; // samples of the dry recording
    double lag = 0.0;    // samples beyond the coarse lag
};

std::vector<Part> make_parts(std::span<const float> dry, std::span<const float> wet, double sample_rate) {
    // Enough parts that agreement between them means something, however short the recording.
    const double length = static_cast<double>(dry.size());
    const double part_length = std::min(part_seconds * sample_rate, length / 8.0);
    const auto window = std::bit_floor(static_cast<std::size_t>(std::min(0.35 * sample_rate, part_length)));
    const auto size = static_cast<std::size_t>(part_length);
    const auto count = std::min<std::size_t>(most_parts, dry.size() / size);
    std::vector<Part> parts;
    std::vector<double> energies;
    for (std::size_t index = 0; index < count; ++index) {
        const auto begin = static_cast<std::size_t>((length - part_length) * static_cast<double>(index) /
                                                    static_cast<double>(std::max<std::size_t>(1, count - 1)));
        Part part;
        part.spectrum = CrossSpectrum(window);
        part.spectrum.add_windows(dry.subspan(begin, std::min(size, dry.size() - begin)),
                                  wet.subspan(begin, std::min(size, wet.size() - begin)));
        part.centre = static_cast<double>(begin) + 0.5 * part_length;
        double energy = 0.0, wet_energy = 0.0;
        for (std::size_t bin = 1; bin < part.spectrum.cross.size(); ++bin) {
            energy += part.spectrum.first_power[bin];
            wet_energy += part.spectrum.second_power[bin];
        }
        energies.push_back(wet_energy > 0.0 ? energy : 0.0);
        parts.push_back(std::move(part));
    }
    const double loudest = parts.empty() ? 0.0 : *std::max_element(energies.begin(), energies.end());
    std::vector<Part> loud;
    for (std::size_t index = 0; index < parts.size(); ++index)
        if (energies[index] > quiet_part * loudest)
            loud.push_back(std::move(parts[index]));
    return loud;
}

struct Peak {
    double lag = 0.0;
    bool negative = false;
};

Peak largest_peak(std::span<const double> values, std::size_t oversampling, double reach) {
    const auto size = static_cast<std::ptrdiff_t>(values.size());
    const auto limit = std::min<std::ptrdiff_t>(
        size / 2 - 2, static_cast<std::ptrdiff_t>(reach * static_cast<double>(oversampling)) + 1);
    const auto at = [&](std::ptrdiff_t lag) { return values[static_cast<std::size_t>((lag + size) % size)]; };
    std::ptrdiff_t best = 0;
    for (std::ptrdiff_t lag = -limit; lag <= limit; ++lag)
        if (std::abs(at(lag)) > std::abs(at(best)))
            best = lag;
    const double before = std::abs(at(best - 1)), here = std::abs(at(best)), after = std::abs(at(best + 1));
    const double curvature = before - 2.0 * here + after;
    const double fraction = curvature < 0.0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0.0;
    return {(static_cast<double>(best) + fraction) / static_cast<double>(oversampling), at(best) < 0.0};
}

// Takes the device's own phase off (none: an empty span) and finds the lag of what is left.
double part_lag(const CrossSpectrum& spectrum, std::span<const double> device_phase, double reach) {
    std::vector<std::complex<double>> weighted(spectrum.cross.size());
    for (std::size_t bin = 0; bin < weighted.size(); ++bin) {
        const double magnitude = std::abs(spectrum.cross[bin]);
        weighted[bin] = magnitude > 0.0 ? spectrum.cross[bin] * std::pow(magnitude, -0.8) : 0.0;
        if (!device_phase.empty())
            weighted[bin] *= std::polar(1.0, -device_phase[bin]);
    }
    return largest_peak(correlation(weighted, 1), 1, reach).lag;
}

struct Line {
    double intercept = 0.0, slope = 0.0; // samples; samples per sample
    std::size_t agreeing = 0;
    double squared_error = 0.0;

    double at(double centre) const { return intercept + slope * centre; }
};

Line measure(Line line, const std::vector<Part>& parts, double tolerance) {
    line.agreeing = 0;
    line.squared_error = 0.0;
    for (const Part& part : parts) {
        const double error = part.lag - line.at(part.centre);
        if (std::abs(error) > tolerance)
            continue;
        ++line.agreeing;
        line.squared_error += error * error;
    }
    return line;
}

bool better(const Line& one, const Line& other) {
    return one.agreeing > other.agreeing ||
           (one.agreeing == other.agreeing && one.squared_error < other.squared_error);
}

// Least squares over the parts that agree with a line.
Line refine(const Line& line, const std::vector<Part>& parts, double tolerance, bool with_slope) {
    double count = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    for (const Part& part : parts) {
        if (std::abs(part.lag - line.at(part.centre)) > tolerance)
            continue;
        count += 1;
        sum_x += part.centre;
        sum_y += part.lag;
        sum_xx += part.centre * part.centre;
        sum_xy += part.centre * part.lag;
    }
    if (count == 0)
        return line;
    Line result;
    const double spread = count * sum_xx - sum_x * sum_x;
    if (with_slope && spread > 0.0)
        result.slope = (count * sum_xy - sum_x * sum_y) / spread;
    result.intercept = (sum_y - result.slope * sum_x) / count;
    return measure(result, parts, tolerance);
}

// How well the parts agree in phase, 0 to 1, once part i is moved by lag(i). Parts that share no pitch, as
// those of a sweep, agree whatever the lags: such lags prove nothing.
template <typename Lag>
double phase_agreement(const std::vector<Part>& parts, Lag lag) {
    const std::size_t bins = parts.front().spectrum.cross.size();
    std::vector<std::complex<double>> sums(bins);
    double total = 0.0, agreeing = 0.0;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const CrossSpectrum& spectrum = parts[index].spectrum;
        const double step = 2.0 * std::numbers::pi * lag(index) / static_cast<double>(spectrum.size);
        for (std::size_t bin = 1; bin < bins; ++bin) {
            const double weight = std::pow(std::abs(spectrum.cross[bin]), 0.2);
            if (!(weight > 0.0))
                continue;
            sums[bin] += std::polar(weight, std::arg(spectrum.cross[bin]) + step * static_cast<double>(bin));
            total += weight;
        }
    }
    for (const auto& sum : sums)
        agreeing += std::abs(sum);
    return total > 0.0 ? agreeing / total : 0.0;
}

constexpr double needed_gain = 1.03; // of the phase agreement, for a drift or a jump to be believed

// The line that most parts lie on: through every part, level, and through every pair of parts.
Line fit_line(const std::vector<Part>& parts, double tolerance) {
    Line level;
    for (const Part& part : parts)
        if (const Line line = measure({part.lag, 0.0}, parts, tolerance); better(line, level))
            level = line;
    level = refine(level, parts, tolerance, false);
    Line sloped;
    for (std::size_t i = 0; i < parts.size(); ++i)
        for (std::size_t j = i + 1; j < parts.size(); ++j) {
            const double slope = (parts[j].lag - parts[i].lag) / (parts[j].centre - parts[i].centre);
            if (std::abs(slope) > largest_drift)
                continue;
            const Line line = measure({parts[i].lag - slope * parts[i].centre, slope}, parts, tolerance);
            if (better(line, sloped))
                sloped = line;
        }
    sloped = refine(sloped, parts, tolerance, true);
    if (sloped.agreeing < 4)
        return level;
    // A slope has to earn its place: over the recording it moves by more than the parts scatter.
    const double span = parts.back().centre - parts.front().centre;
    const double scatter = std::sqrt(sloped.squared_error / static_cast<double>(sloped.agreeing));
    const double moved = std::abs(sloped.slope) * span;
    const bool more = sloped.agreeing > level.agreeing + std::max<std::size_t>(1, parts.size() / 8);
    const bool closer = sloped.agreeing >= level.agreeing && level.squared_error > 4.0 * sloped.squared_error;
    if (moved < std::max(0.5, 4.0 * scatter) || !(more || closer))
        return level;
    const double without = phase_agreement(parts, [&](std::size_t i) { return level.at(parts[i].centre); });
    const double with = phase_agreement(parts, [&](std::size_t i) { return sloped.at(parts[i].centre); });
    return with > needed_gain * without ? sloped : level;
}

// Lost or repeated samples leave parts that agree with their neighbours but not with the whole. A part that
// the step itself runs through may agree with neither side, so the two sides are compared over one part as
// well.
void find_jump(const std::vector<Part>& parts, double level, double tolerance, double sample_rate,
               Alignment& alignment) {
    double largest = 0.0;
    std::size_t from = 0, to = 0;
    for (const std::size_t distance : {std::size_t{1}, std::size_t{2}})
        for (std::size_t i = 1; i + distance + 1 < parts.size(); ++i) {
            const std::size_t j = i + distance;
            const bool steady = std::abs(parts[i].lag - parts[i - 1].lag) <= tolerance &&
                                std::abs(parts[j + 1].lag - parts[j].lag) <= tolerance;
            const double step = parts[j].lag - parts[i].lag;
            if (steady && std::abs(step) > std::max(tolerance, std::abs(largest))) {
                largest = step;
                from = i;
                to = j;
            }
        }
    if (largest == 0.0)
        return;
    const double without = phase_agreement(parts, [&](std::size_t) { return level; });
    const double with = phase_agreement(parts, [&](std::size_t i) { return parts[i < to ? from : to].lag; });
    if (with < needed_gain * without)
        return;
    alignment.jump_samples = largest;
    alignment.jump_seconds = 0.5 * (parts[from].centre + parts[to].centre) / sample_rate;
}

// ---- 3. the device's own phase
// ---------------------------------------------------------------------------------

// Mean over a third of an octave.
template <typename Value>
std::vector<Value> smooth(std::span<const Value> values) {
    std::vector<Value> sums(values.size() + 1), result(values.size());
    for (std::size_t bin = 0; bin < values.size(); ++bin)
        sums[bin + 1] = sums[bin] + values[bin];
    for (std::size_t bin = 0; bin < values.size(); ++bin) {
        const auto low = static_cast<std::size_t>(static_cast<double>(bin) / 1.12);
        const std::size_t high =
            std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(bin) * 1.12));
        result[bin] = (sums[high + 1] - sums[low]) / static_cast<double>(high + 1 - low);
    }
    return result;
}

struct Device {
    std::vector<double> phase; // of its minimum-phase part, radians
    double lag = 0.0;          // what is left, samples
    bool inverted = false;
};

// The lag and the sign that are left once the device's own phase is off. Bins count by how surely they tell
// the phase, which is the maximum-likelihood weight of Knapp and Carter.
void find_excess_lag(const CrossSpectrum& spectrum, double reach, std::size_t oversampling, Device& device) {
    std::vector<std::complex<double>> excess(spectrum.cross.size());
    for (std::size_t bin = 1; bin < excess.size(); ++bin) {
        const double magnitude = std::abs(spectrum.cross[bin]);
        const double product = spectrum.first_power[bin] * spectrum.second_power[bin];
        if (!(magnitude > 0.0) || !(product > 0.0))
            continue;
        const double coherence = std::min(1.0, magnitude * magnitude / product);
        excess[bin] =
            std::polar(coherence / (1.05 - coherence), std::arg(spectrum.cross[bin]) - device.phase[bin]);
    }
    const Peak peak = largest_peak(correlation(excess, oversampling), oversampling, reach);
    device.lag = peak.lag;
    device.inverted = peak.negative;
}

// Takes a first guess of phase and lag and finds the phase of the minimum-phase filter with the device's
// magnitude. The cross spectrum is averaged with its phase straightened by the guess, so that what is not
// like the dry recording, noise and harmonics, cancels instead of passing for treble.
void find_phase(const CrossSpectrum& spectrum, Device& device) {
    const std::size_t bins = spectrum.cross.size();
    std::vector<std::complex<double>> straight(bins);
    const double step = 2.0 * std::numbers::pi * device.lag / static_cast<double>(spectrum.size);
    for (std::size_t bin = 0; bin < bins; ++bin)
        straight[bin] =
            spectrum.cross[bin] * std::polar(1.0, step * static_cast<double>(bin) - device.phase[bin]);
    const auto cross = smooth(std::span<const std::complex<double>>(straight));
    const auto dry = smooth(std::span<const double>(spectrum.first_power));
    const auto wet = smooth(std::span<const double>(spectrum.second_power));
    const double loudest = *std::max_element(dry.begin(), dry.end());
    // The response is known where the dry recording holds sound that comes out again.
    std::size_t low = bins, high = 0;
    std::vector<double> logarithm(bins);
    for (std::size_t bin = 2; bin + 1 < bins; ++bin)
        if (dry[bin] > 1e-9 * loudest && std::norm(cross[bin]) > least_likeness * dry[bin] * wet[bin]) {
            low = std::min(low, bin);
            high = bin;
        }
    if (low >= high)
        return;
    for (std::size_t bin = low; bin <= high; ++bin)
        logarithm[bin] = std::log(std::max(std::abs(cross[bin]), 1e-300) / std::max(dry[bin], 1e-300));
    // Beyond what is known, the slope of its outermost octave goes on.
    const auto slope = [&](std::size_t from, std::size_t to) {
        return from < to && from > 0 ? (logarithm[to] - logarithm[from]) /
                                           std::log(static_cast<double>(to) / static_cast<double>(from))
                                     : 0.0;
    };
    const double low_slope = std::clamp(slope(low, std::min(high, 2 * low)), 0.0, 2.0);
    const double high_slope = std::clamp(slope(std::max(low, high / 2), high), -4.0, 0.0);
    for (std::size_t bin = 0; bin < bins; ++bin) {
        const double octave = std::log(std::max<double>(1.0, static_cast<double>(bin)));
        if (bin < low)
            logarithm[bin] = logarithm[low] + low_slope * (octave - std::log(static_cast<double>(low)));
        else if (bin > high)
            logarithm[bin] = logarithm[high] + high_slope * (octave - std::log(static_cast<double>(high)));
    }
    device.phase = minimum_phase(logarithm);
}

// A device that distorts can seem later than it is, and what comes before the delay no causal model can
// follow. So the delay moves earlier until the best filter that begins there explains as much of the wet
// recording as one that may begin sooner. Both recordings are whitened alike, so that treble, where the time
// shows, counts. `moved` is what `spectrum` was moved earlier by, `lag` what is left, both in samples; the
// result is their sum, whole.
std::ptrdiff_t causal_onset(const CrossSpectrum& spectrum, double moved, double lag, double sample_rate) {
    const double whole = std::floor(moved), fraction = moved - whole;
    const auto latest = static_cast<std::ptrdiff_t>(std::lround(lag + fraction));
    const std::size_t bins = spectrum.cross.size(), size = spectrum.size;
    const auto power = smooth(std::span<const double>(spectrum.first_power));
    const double least = 1e-7 * *std::max_element(power.begin(), power.end());
    std::vector<std::complex<double>> dry(bins), cross(bins);
    const double step = 2.0 * std::numbers::pi * fraction / static_cast<double>(size);
    for (std::size_t bin = 0; bin < bins; ++bin) {
        dry[bin] = spectrum.first_power[bin] / (power[bin] + least);
        cross[bin] =
            spectrum.cross[bin] * std::polar(1.0 / (power[bin] + least), -step * static_cast<double>(bin));
    }
    const std::vector<double> dry_correlation = correlation(dry, 1),
                              cross_correlation = correlation(cross, 1);

    const auto earlier = std::max<std::ptrdiff_t>(16, std::lround(earliest_seconds * sample_rate));
    const std::ptrdiff_t taps = std::min<std::ptrdiff_t>(400, static_cast<std::ptrdiff_t>(size) / 4);
    if (earlier >= taps)
        return static_cast<std::ptrdiff_t>(whole) + latest;
    // The taps stand in order from the last to the first. Then one Cholesky factorisation tells what every
    // filter that lacks some of the first taps explains: the sum of the squares so far.
    Eigen::MatrixXd normal(taps, taps);
    Eigen::VectorXd right(taps);
    const auto at = [&](const std::vector<double>& values, std::ptrdiff_t index) {
        const auto length = static_cast<std::ptrdiff_t>(values.size());
        return values[static_cast<std::size_t>(((index % length) + length) % length)];
    };
    for (std::ptrdiff_t i = 0; i < taps; ++i) {
        right(i) = at(cross_correlation, latest - earlier + taps - 1 - i);
        for (std::ptrdiff_t j = 0; j < taps; ++j)
            normal(i, j) =
                dry_correlation[static_cast<std::size_t>(std::abs(i - j))] * (i == j ? 1.0001 : 1.0);
    }
    const Eigen::LLT<Eigen::MatrixXd> factor(normal);
    if (factor.info() != Eigen::Success)
        return static_cast<std::ptrdiff_t>(whole) + latest;
    const Eigen::VectorXd parts = factor.matrixL().solve(right);
    // Taps far before the delay explain a little too, by chance and by what harmonics share: that much is no
    // sign.
    const auto far = parts.tail(earlier / 2).array().square();
    const double chance = far.mean(), scatter = std::sqrt((far - chance).square().mean());
    const std::ptrdiff_t reach = earlier / 4;
    const double explained = parts.squaredNorm() - chance * static_cast<double>(taps);
    const double allowed =
        std::max(causal_loss * explained, 5.0 * scatter * std::sqrt(static_cast<double>(reach)));
    const auto gained_at = [&](std::ptrdiff_t lag_before) { // by the tap that is so much before `latest`
        const double part = parts(taps - earlier - 1 + lag_before);
        return part * part - chance;
    };
    // Sums over what a filter of `reach` taps gains: a creep of small gains over a long time is no onset.
    std::ptrdiff_t before_latest = 0;
    double gain = 0.0;
    for (std::ptrdiff_t lag_before = earlier / 2; lag_before > 0; --lag_before) {
        gain += gained_at(lag_before);
        if (lag_before + reach <= earlier / 2)
            gain -= gained_at(lag_before + reach);
        if (gain > allowed && before_latest == 0)
            before_latest = lag_before;
        else if (gain <= allowed)
            before_latest = 0;
    }
    const std::ptrdiff_t onset = gain > needed_loss * explained ? latest - before_latest : latest;
    return static_cast<std::ptrdiff_t>(whole) + onset;
}

// ---- all of it for one coarse lag
// ------------------------------------------------------------------------------

struct Attempt {
    Alignment alignment;
    double explained = 0.0; // share of the wet energy that is a linear response to the dry recording
    bool usable = false;

    double score() const { return alignment.confidence * (0.02 + explained); }
};

double explained_share(const CrossSpectrum& spectrum) {
    double explained = 0.0, total = 0.0;
    for (std::size_t bin = 1; bin < spectrum.cross.size(); ++bin) {
        if (spectrum.first_power[bin] > 0.0)
            explained += std::norm(spectrum.cross[bin]) / spectrum.first_power[bin];
        total += spectrum.second_power[bin];
    }
    return total > 0.0 ? explained / total : 0.0;
}

Attempt align_around(std::span<const float> dry, std::span<const float> wet, double sample_rate,
                     std::ptrdiff_t coarse) {
    Attempt attempt;
    const auto [near_dry, near_wet] = overlap(dry, wet, coarse);
    if (near_dry.size() < least_samples)
        return attempt;
    std::vector<Part> parts = make_parts(near_dry, near_wet, sample_rate);
    if (parts.size() < 3)
        return attempt;
    const double tolerance = std::max(1.5, agreement_seconds * sample_rate);
    const double reach =
        std::min(0.45 * static_cast<double>(parts.front().spectrum.size),
                 search_seconds * sample_rate + 0.5 * largest_drift * static_cast<double>(near_dry.size()));
    // The device's phase smears the correlation of each part, and finding that phase takes parts that are
    // aligned: the second round starts from what the first one found.
    Device device;
    Line line;
    CrossSpectrum all;
    for (int round = 0; round < 2; ++round) {
        for (Part& part : parts)
            part.lag = part_lag(part.spectrum, device.phase, reach);
        line = fit_line(parts, tolerance);
        all = CrossSpectrum(parts.front().spectrum.size);
        for (const Part& part : parts)
            if (std::abs(part.lag - line.at(part.centre)) <= tolerance)
                all.add(part.spectrum, line.at(part.centre));
        device.phase.resize(all.cross.size());
        for (int repeat = 0; repeat < 4; ++repeat) {
            find_excess_lag(all, reach, 2, device);
            find_phase(all, device);
        }
        find_excess_lag(all, reach, sample_rate < 50000.0 ? 8 : 4, device);
        for (const Part& part : parts)
            if (std::abs(part.lag - line.at(part.centre)) > tolerance)
                all.add(part.spectrum, line.at(part.centre));
        attempt.explained = explained_share(all);
    }

    Alignment& alignment = attempt.alignment;
    alignment.inverted = device.inverted;
    const double agreeing = static_cast<double>(line.agreeing > 0 ? line.agreeing - 1 : 0) /
                            static_cast<double>(parts.size() - 1);
    // Where every part holds a narrow band, as in bass notes or a sweep, their lags scatter for a pair that
    // is fine.
    alignment.confidence = std::max(agreeing, attempt.explained);
    alignment.drift_ppm = line.slope * 1e6;
    alignment.drift_samples = line.slope * static_cast<double>(near_dry.size());
    const double moved = line.at(0.5 * static_cast<double>(near_dry.size()));
    alignment.delay = coarse + causal_onset(all, moved, device.lag, sample_rate);
    if (line.slope == 0.0)
        find_jump(parts, line.intercept, tolerance, sample_rate, alignment);
    attempt.usable = true;
    return attempt;
}

std::optional<Alignment> best_attempt(std::span<const float> dry, std::span<const float> wet,
                                      double sample_rate, const Lags& lags) {
    std::optional<Attempt> best;
    for (const std::ptrdiff_t lag : lags) {
        const Attempt attempt = align_around(dry, wet, sample_rate, lag);
        if (attempt.usable && (!best || attempt.score() > best->score()))
            best = attempt;
        if (best && best->alignment.confidence > 0.85 && best->explained > 0.5)
            break;
    }
    if (!best)
        return std::nullopt;
    return best->alignment;
}

} // namespace

Alignment find_alignment(std::span<const float> dry, std::span<const float> wet, double sample_rate) {
    if (!(sample_rate > 0.0))
        throw std::invalid_argument("alignment needs a sample rate above 0");
    if (dry.size() < least_samples || wet.size() < least_samples || energy_of(dry) == 0.0 ||
        energy_of(wet) == 0.0)
        return {};
    const Lags lags = coarse_lags(dry, wet, sample_rate);
    Alignment alignment = best_attempt(dry, wet, sample_rate, lags).value_or(Alignment{});
    if (alignment.confidence < least_alignment_confidence && alignment.jump_samples == 0.0) {
        // A rectifier turns both half-waves to the same side: its output is like the absolute value of its
        // input.
        const std::vector<float> rectified = absolute_values(dry);
        if (auto other = best_attempt(rectified, wet, sample_rate, lags);
            other && other->confidence > std::max(least_alignment_confidence, alignment.confidence)) {
            alignment = *other;
            alignment.inverted = false;
        }
    }
    return alignment;
}

std::pair<std::span<const float>, std::span<const float>>
overlap(std::span<const float> dry, std::span<const float> wet, std::ptrdiff_t delay) {
    const std::size_t skip_dry = delay < 0 ? static_cast<std::size_t>(-delay) : 0;
    const std::size_t skip_wet = delay > 0 ? static_cast<std::size_t>(delay) : 0;
    if (skip_dry >= dry.size() || skip_wet >= wet.size())
        return {};
    const std::size_t length = std::min(dry.size() - skip_dry, wet.size() - skip_wet);
    return {dry.subspan(skip_dry, length), wet.subspan(skip_wet, length)};
}

} // namespace continuo
