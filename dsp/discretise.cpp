#include "dsp/discretise.h"

#include "dsp/refit.h"

#include <cmath>
#include <stdexcept>

namespace continuo::dsp {

ComplexDelta discretise_pole(double decay, double frequency, double period) {
    const double magnitude_minus_one = std::expm1(-decay * period);
    const double magnitude = 1.0 + magnitude_minus_one;
    const double angle = frequency * period;
    const double half_sine = std::sin(0.5 * angle);
    return {magnitude_minus_one - 2.0 * magnitude * half_sine * half_sine, magnitude * std::sin(angle)};
}

DiscreteModes discretise(const LayerParameters& layer, double sample_rate) {
    const std::size_t count = layer.pole_decay.size();
    DiscreteModes modes;
    modes.delta_real.resize(count);
    modes.delta_imag.resize(count);
    modes.readout_real.resize(count);
    modes.readout_imag.resize(count);
    const double period = 1.0 / sample_rate;
    for (std::size_t i = 0; i < count; ++i) {
        const ComplexDelta delta = discretise_pole(layer.pole_decay[i], layer.pole_frequency[i], period);
        const double gain = -std::expm1(-double(layer.pole_decay[i]) * period);
        modes.delta_real[i] = float(delta.real);
        modes.delta_imag[i] = float(delta.imag);
        modes.readout_real[i] = float(layer.readout_real[i] * gain);
        modes.readout_imag[i] = float(layer.readout_imag[i] * gain);
    }
    return modes;
}

DiscreteStack discretise(const StackParameters& stack, double sample_rate) {
    validate(stack);
    if (!(sample_rate >= 1000.0 && sample_rate <= 1e6))
        throw std::invalid_argument("the sample rate is outside 1 kHz to 1 MHz");
    DiscreteStack discrete{sample_rate, {}};
    if (sample_rate == stack.sample_rate)
        for (const LayerParameters& layer : stack.layers)
            discrete.layers.push_back(discretise(layer, sample_rate));
    else
        discrete.layers = refit(stack, sample_rate);
    return discrete;
}

} // namespace continuo::dsp
