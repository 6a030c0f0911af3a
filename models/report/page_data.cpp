#include "models/report/page_data.h"

#include "models/format/pole_groups.h"

#include "models/report/base64.h"
#include "models/report/embedded_audio.h"
#include "models/report/moments.h"
#include "models/report/page_text.h"
#include "models/report/spectrum.h"
#include "models/report/waveform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>

namespace continuo::report {

namespace {

using nlohmann::json;

constexpr double excerpt_seconds = 16.0;
constexpr double moment_seconds = 0.025;
constexpr double quietest_peak = 1e-6; // so that silence can be divided by

struct Signals {
    std::span<const float> dry, target, model, difference;

    Signals within(Window window) const {
        return {dry.subspan(window.begin, window.length), target.subspan(window.begin, window.length),
                model.subspan(window.begin, window.length), difference.subspan(window.begin, window.length)};
    }
};

double rms(std::span<const float> signal) {
    double sum = 0.0;
    for (const float sample : signal)
        sum += double(sample) * double(sample);
    return std::sqrt(sum / double(std::max<std::size_t>(1, signal.size())));
}

std::vector<float> scaled(std::span<const float> signal, double gain) {
    std::vector<float> result;
    result.reserve(signal.size());
    for (const float sample : signal)
        result.push_back(static_cast<float>(double(sample) * gain));
    return result;
}

double rounded(double value, double steps_per_unit) {
    return std::round(value * steps_per_unit) / steps_per_unit;
}

// The gain that brings `signal` to the rms of `target` without passing full scale.
double matching_gain(std::span<const float> signal, std::span<const float> target) {
    const double level = rms(signal);
    if (level < quietest_peak)
        return 1.0;
    return std::max(1e-3, std::min(rms(target) / level, 0.99 / peak_of(signal)));
}

json audio_json(const Signals& signals, double sample_rate) {
    const double peak = std::max({peak_of(signals.dry), peak_of(signals.target), peak_of(signals.model)});
    const double gain = peak > 0.999 ? 0.999 / peak : 1.0;
    json audio = {{"gain", gain}};
    for (const auto& [name, signal] :
         {std::pair{"target", signals.target}, {"model", signals.model}, {"dry", signals.dry}}) {
        const EmbeddedAudio embedded = encode_audio(scaled(signal, gain), sample_rate);
        audio[name] = base64(embedded.file);
        audio["type"] = embedded.media_type;
    }
    return audio;
}

std::size_t audio_bytes(const json& audio) {
    std::size_t bytes = 0;
    for (const char* name : {"target", "model", "dry"})
        bytes += audio[name].get_ref<const std::string&>().size();
    return bytes;
}

json overview_json(const Signals& signals, std::size_t columns, double peak) {
    return {{"peak", peak},
            {"target", base64_of(waveform_overview(signals.target, columns, peak))},
            {"model", base64_of(waveform_overview(signals.model, columns, peak))},
            {"dry", base64_of(waveform_overview(signals.dry, columns, peak))},
            {"difference", base64_of(waveform_overview(signals.difference, columns, peak))}};
}

json moment_json(const Signals& signals, Window window, double sample_rate) {
    const Signals part = signals.within(window);
    const double peak =
        std::max({peak_of(part.target), peak_of(part.model), peak_of(part.difference), quietest_peak});
    return {{"begin", double(window.begin) / sample_rate},
            {"seconds", double(window.length) / sample_rate},
            {"peak", peak},
            {"target", base64_of(quantise(part.target, peak))},
            {"model", base64_of(quantise(part.model, peak))},
            {"difference", base64_of(quantise(part.difference, peak))}};
}

// Levels below what a picture can show say nothing.
json levels_json(const std::vector<double>& levels) {
    json values = json::array();
    for (const double level : levels)
        values.push_back(rounded(std::max(level, -180.0), 100.0));
    return values;
}

json spectrum_json(const Signals& signals, double sample_rate, std::string& note) {
    const FrequencyAxis axis{20.0, std::min(20000.0, 0.49 * sample_rate), 240};
    const std::vector<double> target = third_octave_levels(signals.target, sample_rate, axis);
    const std::vector<double> model = third_octave_levels(signals.model, sample_rate, axis);
    const double loudest = *std::max_element(target.begin(), target.end());
    double largest = 0.0, where = 0.0;
    for (std::size_t i = 0; i < axis.count; ++i) // what lies 60 dB down is not heard beside the rest
        if (target[i] > loudest - 60.0 && std::abs(model[i] - target[i]) >= std::abs(largest)) {
            largest = model[i] - target[i];
            where = axis.at(i);
        }
    const std::string size = decibels(std::abs(largest));
    note =
        size == decibels(0.0)
            ? "Where the target is within 60 dB of its loudest third octave, the model’s level is the "
              "same to 0.1 dB."
            : "Where the target is within 60 dB of its loudest third octave, the model’s level differs by " +
                  size + " at most, at " + in_unit(where, "Hz") + ", where it is " +
                  (largest > 0.0 ? "louder." : "quieter.");
    return {{"low", axis.low},
            {"high", axis.high},
            {"target", levels_json(target)},
            {"model", levels_json(model)},
            {"difference", levels_json(third_octave_levels(signals.difference, sample_rate, axis))}};
}

json spectrogram_json(const Signals& signals, double sample_rate) {
    constexpr std::size_t columns = 440;
    constexpr double range = 80.0;
    const FrequencyAxis axis{40.0, std::min(20000.0, 0.49 * sample_rate), 112};
    const Spectrogram target = spectrogram(signals.target, sample_rate, axis, columns);
    const double top = std::ceil(double(*std::max_element(target.level.begin(), target.level.end())));
    const auto picture = [&](std::span<const float> signal) {
        return base64_of(quantise(spectrogram(signal, sample_rate, axis, columns), top, range));
    };
    return {{"columns", columns},
            {"rows", axis.count},
            {"low", axis.low},
            {"high", axis.high},
            {"top", top},
            {"range", range},
            {"target", base64_of(quantise(target, top, range))},
            {"model", picture(signals.model)},
            {"difference", picture(signals.difference)}};
}

json response_json(const Signals& signals) {
    constexpr std::size_t size = 128;
    const double input_peak = std::max(peak_of(signals.dry), quietest_peak);
    const double output_peak = std::max({peak_of(signals.target), peak_of(signals.model), quietest_peak});
    const auto density = [&](std::span<const float> output) {
        return base64_of(response_density(signals.dry, output, input_peak, output_peak, size).counts);
    };
    return {{"size", size},
            {"input_peak", input_peak},
            {"output_peak", output_peak},
            {"target", density(signals.target)},
            {"model", density(signals.model)}};
}

json curve_json(const std::vector<ReportCurvePoint>& curve) {
    constexpr std::size_t limit = 2000;
    const std::size_t stride = (curve.size() + limit - 1) / limit;
    json points = json::array();
    const auto value = [](double number) { return std::isfinite(number) ? json(number) : json(nullptr); };
    for (std::size_t i = 0; i < curve.size(); ++i) {
        const ReportCurvePoint& point = curve[i];
        if (i % stride == 0 || i + 1 == curve.size() || std::isfinite(point.validation_esr))
            points.push_back({point.step, value(rounded(point.seconds, 1000.0)), value(point.training_loss),
                              value(point.validation_esr)});
    }
    return points;
}

// Frequency in Hz (0 where the mode only decays), time constant in s, and magnitude |C| of each mode, as
// floats one after the other; one text per layer.
json poles_json(const Model& model, std::string& note, json& names) {
    json layers = json::array();
    std::size_t oscillating = 0, all = 0;
    std::array<double, 2> frequencies{1e30, 0.0}, times{1e30, 0.0};
    const auto include = [](std::array<double, 2>& range, double value) {
        range = {std::min(range[0], value), std::max(range[1], value)};
    };
    for (const PoleGroup& group : pole_groups(model)) {
        std::vector<float> poles;
        for (std::size_t i = 0; i < group.decay.size(); ++i) {
            const double decay = double(group.decay[i]);
            const double angular = double(group.frequency[i]);
            // Below a twentieth of its decay a frequency is not heard as one.
            const double frequency = angular > 0.05 * decay ? angular / (2.0 * std::numbers::pi) : 0.0;
            poles.push_back(static_cast<float>(frequency));
            poles.push_back(static_cast<float>(1.0 / decay));
            poles.push_back(group.weight[i]);
            ++all;
            include(times, 1.0 / decay);
            if (frequency > 0.0) {
                ++oscillating;
                include(frequencies, frequency);
            }
        }
        layers.push_back(base64_of(poles));
        names.push_back(group.name);
    }
    note = grouped(all) + " modes in " + std::to_string(layers.size()) +
           (model.is_gain() ? " groups (level detectors and smoothers, each rising and falling, second "
                              "smoothers, and the colouring): "
            : model.is_selective() ? " groups (level detectors, rising and falling, the states of each "
                                     "channel, and the colouring): "
                                   : " layers: ");
    note += oscillating == 0 ? "none oscillates"
                             : grouped(oscillating) + " oscillate, from " + in_unit(frequencies[0], "Hz") +
                                   " to " + in_unit(frequencies[1], "Hz");
    note += "; " + grouped(all - oscillating) + " only decay. Time constants from " + in_unit(times[0], "s") +
            " to " + in_unit(times[1], "s") + ".";
    return layers;
}

std::string clock(double seconds) {
    const auto tenths = static_cast<long long>(seconds * 10.0);
    const long long whole = tenths / 10;
    return std::to_string(whole / 60) + ":" + (whole % 60 < 10 ? "0" : "") + std::to_string(whole % 60) +
           "." + std::to_string(tenths % 10);
}

} // namespace

PageData make_page_data(const ReportInput& input, std::size_t audio_limit) {
    std::vector<float> difference(input.target.size());
    for (std::size_t i = 0; i < difference.size(); ++i)
        difference[i] = input.target[i] - input.output[i];
    const double rate = input.sample_rate;
    const Signals all{input.dry, input.target, input.output, difference};
    const double total_seconds = double(input.target.size()) / rate;

    const auto moment_length = static_cast<std::size_t>(moment_seconds * rate);
    const Window loudest = loudest_window(all.target, moment_length);
    const Window worst = loudest_window(all.difference, moment_length);

    PageData page;
    // Twice is enough: the second time the length follows from the size of the first.
    auto length = static_cast<std::size_t>(excerpt_seconds * rate);
    Window excerpt;
    json audio;
    for (int attempt = 0; attempt < 4; ++attempt) {
        excerpt = excerpt_window(all.target, worst.begin + worst.length / 2, length, rate);
        audio = audio_json(all.within(excerpt), rate);
        const std::size_t bytes = audio_bytes(audio);
        if (bytes <= audio_limit)
            break;
        length =
            static_cast<std::size_t>(double(excerpt.length) * 0.95 * double(audio_limit) / double(bytes));
    }
    const Signals heard = all.within(excerpt);
    const double difference_gain = matching_gain(heard.difference, heard.target);
    const double dry_gain = matching_gain(heard.dry, heard.target);
    const double peak = std::max({peak_of(all.target), peak_of(all.model), quietest_peak});
    const double excerpt_peak = std::max({peak_of(heard.target), peak_of(heard.model), quietest_peak});

    json pole_names = json::array();
    json poles = poles_json(input.model, page.poles_note, pole_names);
    page.values = {
        {"rate", std::lround(rate)},
        {"seconds", total_seconds},
        {"excerpt", {{"begin", double(excerpt.begin) / rate}, {"seconds", double(excerpt.length) / rate}}},
        {"audio", std::move(audio)},
        {"difference_gain", difference_gain},
        {"dry_gain", dry_gain},
        {"overview", overview_json(all, 1000, peak)},
        {"heard", overview_json(heard, 800, excerpt_peak)},
        {"loudest", moment_json(all, loudest, rate)},
        {"worst", moment_json(all, worst, rate)},
        {"spectrum", spectrum_json(all, rate, page.spectrum_note)},
        {"spectrogram", spectrogram_json(heard, rate)},
        {"response", response_json(all)},
        {"curve", curve_json(input.curve)},
        {"poles", std::move(poles)},
        {"pole_names", std::move(pole_names)},
    };

    const bool whole = excerpt.length == input.target.size();
    page.excerpt_note =
        whole ? "The whole recording, " + duration(total_seconds) + "."
              : duration(double(excerpt.length) / rate) + " of " + duration(total_seconds) + ", from " +
                    clock(double(excerpt.begin) / rate) +
                    ", so that the page stays small: the stretch with most sound around the worst moment.";
    const double gain = page.values["audio"]["gain"];
    if (gain < 1.0)
        page.excerpt_note +=
            " All signals are lowered by " + decibels(-20.0 * std::log10(gain)) + " so that none clips.";
    page.waveform_note = "The loudest moment is at " + clock(double(loudest.begin) / rate) +
                         ", the worst, where the difference has most energy, at " +
                         clock(double(worst.begin) / rate) + ".";
    return page;
}

std::string script_safe(const json& values) {
    const std::string text = values.dump(-1, ' ', false, json::error_handler_t::replace);
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text)
        if (c == '<')
            safe += "\\u003c"; // no "</script>" and no "<!--" inside the element
        else
            safe += c;
    return safe;
}

} // namespace continuo::report
