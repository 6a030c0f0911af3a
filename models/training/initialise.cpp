#include "models/training/initialise.h"

#include "models/common/errors.h"
#include "models/operations/parameter_layout.h"
#include "models/training/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace continuo {

namespace {

constexpr double input_level = 0.3; // rms: loud passages reach the bend of tanh, quiet ones do not
constexpr double lowest_pole_hz = 20.0;
constexpr double highest_pole_hz = 18000.0;
constexpr double lowest_quality = 0.2, highest_quality = 1.0;

// Each channel has one pole in each of `modes` bands of equal width in octaves, at a place of its own.
void spread_poles(dsp::LayerParameters& layer, const dsp::StackShape& shape, double sample_rate,
                  Random& random) {
    const double highest = std::min(highest_pole_hz, 0.44 * sample_rate);
    const double fastest = std::exp(operations::highest_log_decay) * sample_rate;
    for (std::size_t mode = 0; mode < shape.modes; ++mode)
        for (std::size_t channel = 0; channel < shape.channels; ++channel) {
            const double place =
                (double(mode) + (double(channel) + random.uniform()) / double(shape.channels)) /
                double(shape.modes);
            const double hertz = lowest_pole_hz * std::pow(highest / lowest_pole_hz, place);
            const double quality =
                lowest_quality * std::pow(highest_quality / lowest_quality, random.uniform());
            const double frequency = 2.0 * std::numbers::pi * hertz;
            const std::size_t i = mode * shape.channels + channel;
            layer.pole_frequency[i] = float(frequency);
            layer.pole_decay[i] = float(std::min(frequency / (2.0 * quality), fastest));
        }
}

} // namespace

dsp::StackParameters initial_stack(const dsp::StackShape& shape, double sample_rate, std::uint64_t seed,
                                   dsp::Activation activation) {
    Random random(seed);
    const auto fill = [&random](std::vector<float>& tensor, double deviation) {
        for (float& value : tensor)
            value = float(deviation * random.normal());
    };
    dsp::StackParameters stack = dsp::make_stack(shape, sample_rate);
    stack.activation = activation;
    const double root = std::sqrt(double(shape.channels));
    fill(stack.encoder, 1.0);
    fill(stack.decoder, 1.0 / root);
    for (dsp::LayerParameters& layer : stack.layers) {
        fill(layer.mixing, 0.5 / root);
        for (std::size_t channel = 0; channel < shape.channels; ++channel)
            layer.mixing[channel * shape.channels + channel] += 0.5f;
        fill(layer.mixing_bias, 0.1);
        fill(layer.readout_real, 0.3);
        fill(layer.readout_imag, 0.3);
        fill(layer.gate, 0.1);
        fill(layer.knob_scale, 0.1);
        fill(layer.knob_bias, 0.1);
        std::fill(layer.skip.begin(), layer.skip.end(), 1.0f);
        spread_poles(layer, shape, sample_rate, random);
    }
    return stack;
}

void measure_scales(const ResolvedDataSet& data, dsp::StackParameters& stack) {
    double dry = 0.0, wet = 0.0, count = 0.0;
    for (const ResolvedRecording& recording : data.training) {
        for (std::size_t i = recording.begin; i < recording.end; ++i) {
            dry += double(recording.source->dry[i]) * recording.source->dry[i];
            wet += double(recording.source->wet[i]) * recording.source->wet[i];
        }
        count += double(recording.end - recording.begin);
    }
    const double dry_rms = std::sqrt(dry / count), wet_rms = std::sqrt(wet / count);
    if (dry_rms < 1e-6 || wet_rms < 1e-6)
        throw BadInput("training data",
                       dry_rms < 1e-6 ? "the dry recordings are silent" : "the wet recordings are silent",
                       "check the cables and record again");
    stack.input_scale = float(input_level / dry_rms);
    stack.output_scale = float(wet_rms);
}

} // namespace continuo
