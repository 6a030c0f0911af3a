#include "models/capture/check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace continuo {

namespace {

constexpr double silence_db = -90.0, quiet_db = -45.0;     // rms, dBFS
constexpr double least_seconds = 0.15, few_seconds = 15.0; // of audio to train on
constexpr double least_rate = 16000.0, largest_rate = 384000.0;
constexpr double harmful_drift = 1.5;  // samples over the recording
constexpr double noticed_drift = 0.75; // the same
constexpr std::size_t flat_top = 3;    // equal samples in a row at the top are no coincidence
constexpr double window_seconds = 0.05;

std::string format(const char* pattern, double value) {
    char text[64];
    std::snprintf(text, sizeof text, pattern, value);
    return text;
}

double decibels(double amplitude) {
    return amplitude > 1e-10 ? 20.0 * std::log10(amplitude) : -200.0;
}

struct Levels {
    double peak = 0.0, rms = 0.0, mean = 0.0;
    std::size_t clipped_runs = 0, clipped_samples = 0;
    std::size_t wraps = 0; // places where the samples leave full scale and come back with the other sign
};

// Programs that store integers without a limiter turn 1.05 into −0.95. There the signal rises to full scale
// and goes on where it would have gone, less 2. A square wave does not: it is flat before it falls.
std::size_t count_wraps(std::span<const float> samples) {
    constexpr float high = 0.8f, least_slope = 0.002f, range = 2.0f;
    std::size_t count = 0;
    for (std::size_t i = 2; i < samples.size(); ++i) {
        const float before = samples[i - 1], jump = samples[i] - before;
        if (std::abs(before) < high || std::abs(jump) < 0.5f * range)
            continue;
        const float slope = before - samples[i - 2], beyond = samples[i] - std::copysign(range, jump);
        const bool outward = slope * before > 0.0f && std::abs(slope) > least_slope;
        if (outward && std::abs(beyond) > 0.999f &&
            std::abs(beyond - (before + slope)) < 0.5f * std::abs(slope) + 0.01f)
            ++count;
    }
    return count;
}

// A flat top is a run of equal samples at the recording's largest magnitude, close to the full scale of a
// converter.
Levels measure_levels(std::span<const float> samples) {
    Levels levels;
    double sum = 0.0, energy = 0.0;
    float highest = 0.0f, lowest = 0.0f;
    for (const float x : samples) {
        sum += x;
        energy += static_cast<double>(x) * x;
        highest = std::max(highest, x);
        lowest = std::min(lowest, x);
    }
    const auto count = static_cast<double>(std::max<std::size_t>(1, samples.size()));
    levels.peak = std::max(static_cast<double>(highest), -static_cast<double>(lowest));
    levels.mean = sum / count;
    levels.rms = std::sqrt(energy / count);
    const auto count_runs = [&](float top) {
        for (std::size_t i = 0; i < samples.size();) {
            std::size_t end = i;
            while (end < samples.size() && samples[end] == top)
                ++end;
            if (end - i >= flat_top) {
                ++levels.clipped_runs;
                levels.clipped_samples += end - i;
            }
            i = std::max(end, i + 1);
        }
    };
    constexpr float full_scale =
        0.999f; // the largest 16-bit integer is 0.99997, mixers stop at −0.001 dB or so
    if (highest >= full_scale)
        count_runs(highest);
    if (lowest <= -full_scale)
        count_runs(lowest);
    levels.wraps = count_wraps(samples);
    return levels;
}

// Rms of the wet recording where the dry one is silent: the noise of device and converter.
// The first two windows after sound are left out, for what rings on.
void measure_noise(std::span<const float> dry, std::span<const float> wet, double sample_rate,
                   double dry_peak, CheckFigures& figures) {
    const auto window = std::max<std::size_t>(1, static_cast<std::size_t>(window_seconds * sample_rate));
    std::vector<double> levels;
    int quiet_before = 0;
    for (std::size_t begin = 0; begin + window <= dry.size(); begin += window) {
        double largest = 0.0, sum = 0.0, energy = 0.0;
        for (std::size_t i = begin; i < begin + window; ++i) {
            largest = std::max(largest, std::abs(static_cast<double>(dry[i])));
            sum += wet[i];
            energy += static_cast<double>(wet[i]) * wet[i];
        }
        quiet_before = largest < 1e-3 * dry_peak ? quiet_before + 1 : 0;
        const auto count = static_cast<double>(window);
        if (quiet_before > 2)
            levels.push_back(std::sqrt(std::max(0.0, energy / count - (sum / count) * (sum / count))));
    }
    if (levels.size() < 2)
        return;
    // Low but not lowest: a device may gate its noise for a moment.
    const auto quarter = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 4);
    std::nth_element(levels.begin(), quarter, levels.end());
    figures.wet_noise_db = decibels(*quarter);
    figures.noise_measured = true;
}

class Checker {
  public:
    explicit Checker(CheckResult& result) : result_(result) {}

    void add(Severity severity, const char* subject, std::string text, std::string remedy = {}) {
        result_.findings.push_back({severity, subject, std::move(text), std::move(remedy)});
    }

  private:
    CheckResult& result_;
};

bool check_rates(Checker& check, double dry_rate, double wet_rate) {
    if (dry_rate != wet_rate) {
        check.add(Severity::refuse, "rate",
                  "the dry recording has " + format("%.0f", dry_rate) + " Hz and the wet one " +
                      format("%.0f", wet_rate) + " Hz",
                  "record both at one rate, or convert one with: sox IN -r RATE OUT");
        return false;
    }
    const std::string rate = format("%.0f Hz", dry_rate);
    if (!(dry_rate >= 1000.0 && dry_rate <= 1e6)) {
        check.add(Severity::refuse, "rate", "a sample rate of " + rate + " is no rate of audio",
                  "record at 48000 Hz");
        return false;
    }
    if (dry_rate < least_rate)
        check.add(Severity::note, "rate",
                  rate + " holds no treble above " + format("%.0f Hz", dry_rate / 2.0),
                  "record at 44100 Hz or more where you can");
    else if (dry_rate > 96000.0)
        check.add(
            Severity::note, "rate",
            rate + (dry_rate > largest_rate ? " is beyond what converters use" : " takes longer to train") +
                " and sounds no better",
            "48000 Hz will do");
    else
        check.add(Severity::ok, "rate", rate);
    return true;
}

bool check_lengths(Checker& check, const CheckFigures& figures) {
    const double shorter = std::min(figures.dry_seconds, figures.wet_seconds);
    if (shorter < least_seconds) {
        check.add(Severity::refuse, "length",
                  "the " + std::string(figures.dry_seconds <= figures.wet_seconds ? "dry" : "wet") +
                      " recording has " + format("%.2f s", shorter),
                  "record at least " + format("%.2f s", least_seconds) + ", better 3 minutes");
        return false;
    }
    return true;
}

bool check_level(Checker& check, const char* which, double peak_db, double rms_db, bool is_wet) {
    const std::string name = std::string("the ") + which + " recording";
    if (rms_db < silence_db) {
        check.add(Severity::refuse, "level", name + " is silent (" + format("%.0f dBFS rms", rms_db) + ")",
                  is_wet ? "check cables and the channel that was recorded"
                         : "choose the file that was played");
        return false;
    }
    if (rms_db < quiet_db)
        check.add(Severity::note, "level",
                  name + " is quiet (" + format("%.0f dBFS rms", rms_db) + ", peak " +
                      format("%.1f dBFS)", peak_db),
                  "raise the recording level if there is audible noise");
    else
        check.add(Severity::ok, "level",
                  name + ": " + format("%.1f dBFS rms", rms_db) + format(", peak %.1f dBFS", peak_db));
    return true;
}

// Clipping of the dry recording is part of what the device was played; that of the wet one the model would
// learn as the device's own.
bool check_clipping(Checker& check, const Levels& dry, const Levels& wet, std::size_t frames) {
    const auto share = [frames](const Levels& levels) {
        return static_cast<double>(levels.clipped_samples) /
               static_cast<double>(std::max<std::size_t>(1, frames));
    };
    const auto describe = [&](const char* which, const Levels& levels) {
        return std::string("the ") + which + " recording is clipped at full scale in " +
               std::to_string(levels.clipped_runs) + " places (" +
               format("%.3f %% of it)", 100.0 * share(levels));
    };
    if (dry.clipped_runs > 0)
        check.add(
            Severity::note, "clipping", describe("dry", dry),
            "it trains if this very file was played into the device; else lower the level and record again");
    constexpr std::size_t chance = 9; // treble at full scale may look so now and then
    if (wet.wraps > chance) {
        check.add(Severity::refuse, "clipping",
                  "the wet recording goes over full scale in " + std::to_string(wet.wraps) +
                      " places and comes back with the other sign",
                  "save it as 32-bit float, or lower the level, and record again");
        return false;
    }
    // A few flat tops are heard as clicks at most. A thousandth of the time is a sound of its own.
    if (share(wet) > 1e-3) {
        check.add(Severity::refuse, "clipping", describe("wet", wet),
                  "lower the input gain of the recording interface and record again");
        return false;
    }
    if (wet.clipped_runs > 0)
        check.add(Severity::note, "clipping", describe("wet", wet),
                  "lower the input gain by a few dB next time");
    else if (dry.clipped_runs == 0)
        check.add(Severity::ok, "clipping", "no flat tops at full scale");
    return true;
}

void check_time(Checker& check, const Alignment& alignment, CheckFigures& figures, std::size_t overlap_frames,
                double sample_rate) {
    const auto describe_delay = [&] {
        const double milliseconds = 1000.0 * static_cast<double>(std::abs(alignment.delay)) / sample_rate;
        return "the wet recording is " + std::to_string(std::abs(alignment.delay)) + " samples (" +
               format("%.2f ms) ", milliseconds) + (alignment.delay < 0 ? "earlier" : "later");
    };
    if (alignment.jump_samples != 0.0) {
        check.add(Severity::refuse, "dropout",
                  (alignment.jump_samples < 0.0 ? "samples are missing from" : "samples are added to") +
                      std::string(" the wet recording: its delay jumps by ") +
                      format("%.0f samples", alignment.jump_samples) +
                      format(" at about %.1f s", alignment.jump_seconds),
                  "record again with a larger buffer, or keep one side of the jump");
        return;
    }
    if (alignment.confidence < least_alignment_confidence) {
        check.add(Severity::refuse, "pair",
                  "the two recordings do not belong together: no common delay is found",
                  "check that the wet file is what this dry file gave, without edits or time-based effects");
        return;
    }
    check.add(Severity::ok, "pair",
              "the recordings belong together (" +
                  format("%.0f %% agreement)", 100.0 * alignment.confidence));
    const std::string drift = "the delay changes by " +
                              format("%.1f samples over the recording", alignment.drift_samples) +
                              format(" (%.1f ppm)", alignment.drift_ppm);
    if (std::abs(alignment.drift_samples) > harmful_drift) {
        check.add(Severity::refuse, "drift", drift + ": two clocks",
                  "play and record with one interface, or join the clocks of both");
        return;
    }
    if (std::abs(alignment.drift_samples) > noticed_drift)
        check.add(Severity::note, "drift", drift, "play and record with one interface where you can");
    else
        check.add(Severity::ok, "drift", "the delay stays the same");

    check.add(Severity::ok, "delay",
              alignment.delay == 0 ? "the recordings are aligned"
                                   : describe_delay() + "; training takes off what a model does not learn");
    check.add(Severity::ok, "polarity",
              alignment.inverted ? "inverted; the model keeps it as it is" : "as played");

    figures.used_seconds = static_cast<double>(overlap_frames) / sample_rate;
    if (figures.used_seconds < least_seconds)
        check.add(Severity::refuse, "length",
                  "only " + format("%.2f s", figures.used_seconds) + " of the two overlap",
                  "choose files that cover the same time");
    else if (figures.used_seconds < 0.5 * std::min(figures.dry_seconds, figures.wet_seconds))
        check.add(Severity::refuse, "length",
                  describe_delay() + ", so less than half of it overlaps (" +
                      format("%.1f s)", figures.used_seconds),
                  "cut both to the same time");
    else if (std::max(figures.dry_seconds, figures.wet_seconds) > 1.1 * figures.used_seconds + 1.0)
        check.add(Severity::note, "length",
                  "the recordings have " + format("%.1f s and ", figures.dry_seconds) +
                      format("%.1f s, of which ", figures.wet_seconds) +
                      format("%.1f s belong together", figures.used_seconds),
                  "the rest is not used");
    else if (figures.used_seconds < few_seconds)
        check.add(Severity::note, "length", format("%.1f s is little to learn from", figures.used_seconds),
                  "record 3 minutes where you can");
    else
        check.add(Severity::ok, "length", format("%.1f s", figures.used_seconds));
}

void check_offset(Checker& check, const Levels& wet) {
    const double share = wet.rms > 0.0 ? std::abs(wet.mean) / wet.rms : 0.0;
    if (share > 0.2)
        check.add(Severity::note, "offset",
                  "the wet recording has an offset of " + format("%.4f", wet.mean) +
                      format(" (%.0f %% of its rms)", 100.0 * share),
                  "the model keeps it unless you remove it with: sox IN OUT highpass 10");
    else
        check.add(Severity::ok, "offset", "none");
}

void check_noise(Checker& check, const CheckFigures& figures) {
    if (!figures.noise_measured) {
        check.add(Severity::ok, "noise", "not measured, since the dry recording has no silence");
        return;
    }
    if (figures.wet_noise_db < -150.0) {
        check.add(Severity::ok, "noise", "the wet recording is silent where nothing is played");
        return;
    }
    const double relative = figures.wet_noise_db - figures.wet_rms_db;
    const std::string text = "noise of the wet recording " + format("%.0f dBFS, ", figures.wet_noise_db) +
                             format("%.0f dB below its signal", -relative);
    if (relative > -30.0)
        check.add(Severity::note, "noise",
                  text + "; no model can have an ESR below about " +
                      format("%.1g", std::pow(10.0, relative / 10.0)),
                  "raise the level into the interface, or look for hum");
    else
        check.add(Severity::ok, "noise", text);
}

} // namespace

std::string Finding::line() const {
    return remedy.empty() ? text : text + "; " + remedy;
}

const Finding* CheckResult::refusal() const {
    for (const Finding& finding : findings)
        if (finding.severity == Severity::refuse)
            return &finding;
    return nullptr;
}

bool CheckResult::usable() const {
    return refusal() == nullptr;
}

CheckResult check_pair(std::span<const float> dry, double dry_rate, std::span<const float> wet,
                       double wet_rate) {
    CheckResult result;
    Checker check(result);
    CheckFigures& figures = result.figures;
    figures.sample_rate = dry_rate;
    if (!check_rates(check, dry_rate, wet_rate))
        return result;
    figures.dry_seconds = static_cast<double>(dry.size()) / dry_rate;
    figures.wet_seconds = static_cast<double>(wet.size()) / wet_rate;
    if (!check_lengths(check, figures))
        return result;

    const Levels dry_levels = measure_levels(dry), wet_levels = measure_levels(wet);
    figures.dry_peak_db = decibels(dry_levels.peak);
    figures.wet_peak_db = decibels(wet_levels.peak);
    figures.dry_rms_db = decibels(dry_levels.rms);
    figures.wet_rms_db = decibels(wet_levels.rms);
    const bool dry_sounds = check_level(check, "dry", figures.dry_peak_db, figures.dry_rms_db, false);
    const bool wet_sounds = check_level(check, "wet", figures.wet_peak_db, figures.wet_rms_db, true);
    if (!dry_sounds || !wet_sounds)
        return result;
    check_clipping(check, dry_levels, wet_levels, wet.size());

    result.alignment = find_alignment(dry, wet, dry_rate);
    const auto [used_dry, used_wet] = overlap(dry, wet, result.alignment.delay);
    check_time(check, result.alignment, figures, used_dry.size(), dry_rate);
    if (!result.usable())
        return result;
    measure_noise(used_dry, used_wet, dry_rate, dry_levels.peak, figures);
    check_offset(check, wet_levels);
    check_noise(check, figures);
    return result;
}

CheckResult check_pair(const Audio& dry, const Audio& wet) {
    const auto differ = [](const Audio& audio) {
        return std::any_of(audio.channels.begin(), audio.channels.end(),
                           [&](const auto& channel) { return channel != audio.channels.front(); });
    };
    CheckResult result;
    Checker check(result);
    for (const auto& [audio, name] : {std::pair(&dry, "dry"), std::pair(&wet, "wet")})
        if (audio->channels.empty() || differ(*audio))
            check.add(Severity::refuse, "channels",
                      std::string("the ") + name + " recording has " +
                          std::to_string(audio->channels.size()) + " channels" +
                          (audio->channels.empty() ? "" : " that differ") + ", where one is needed",
                      "keep one of them, with: sox IN OUT remix 1");
    if (!result.usable())
        return result;
    return check_pair(dry.channels.front(), dry.sample_rate, wet.channels.front(), wet.sample_rate);
}

} // namespace continuo
