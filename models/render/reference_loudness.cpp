#include "models/render/reference_loudness.h"

#include "models/capture/plucked_string.h"
#include "models/metrics/metrics.h"
#include "models/render/render.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace continuo {

namespace {

constexpr double seconds = 3.0, chord_at = 1.5, between_strings = 0.25, peak = 0.251189;   // −12 dB
constexpr std::array<double, 6> open_strings{82.41, 110.0, 146.83, 196.0, 246.94, 329.63}; // Hz, E A D G B E

} // namespace

std::vector<float> loudness_reference(double sample_rate) {
    std::vector<double> sum(std::size_t(seconds * sample_rate), 0.0);
    DeterministicRandom noise(1);
    PluckedNote note;
    for (std::size_t string = 0; string < open_strings.size(); ++string) {
        note.frequency = open_strings[string];
        note.start = between_strings * double(string);
        note.held = between_strings;
        note.strength = 0.8;
        add_plucked_note(sum, note, sample_rate, noise);
        note.start = chord_at + 0.01 * double(string); // as a hand strums
        note.held = seconds - chord_at;
        note.strength = 0.4;
        add_plucked_note(sum, note, sample_rate, noise);
    }
    double largest = 0.0;
    for (const double sample : sum)
        largest = std::max(largest, std::abs(sample));
    std::vector<float> reference(sum.size());
    std::transform(sum.begin(), sum.end(), reference.begin(),
                   [gain = peak / largest](double sample) { return float(gain * sample); });
    return reference;
}

double reference_loudness(const Model& model) {
    std::vector<float> audio = loudness_reference(model.sample_rate());
    RenderOptions options;
    for (const KnobDescription& knob : model.knobs)
        options.knobs.push_back(knob.default_value);
    render_channel(model, audio, audio, model.sample_rate(), options);
    return loudness_lufs(audio, model.sample_rate());
}

} // namespace continuo
