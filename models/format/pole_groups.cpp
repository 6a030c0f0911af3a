#include "models/format/pole_groups.h"

#include <cmath>
#include <cstddef>
#include <utility>

namespace continuo {

namespace {

PoleGroup poles(std::string name, std::vector<float> decay, std::vector<float> frequency,
                const std::vector<float>& real, const std::vector<float>& imag) {
    PoleGroup group{std::move(name), std::move(decay), std::move(frequency), {}};
    for (std::size_t i = 0; i < real.size(); ++i)
        group.weight.push_back(std::hypot(real[i], imag[i]));
    return group;
}

PoleGroup times(std::string name, const std::vector<float>& seconds) {
    PoleGroup group{std::move(name), {}, {}, {}};
    for (const float time : seconds) {
        group.decay.push_back(1.0f / time);
        group.frequency.push_back(0.0f);
        group.weight.push_back(1.0f);
    }
    return group;
}

} // namespace

std::vector<PoleGroup> pole_groups(const Model& model) {
    if (model.is_gain()) {
        const dsp::GainTensors<float>& gain = model.gain().tensors;
        return {
            times("Level detectors, rising", gain.level_rise_time),
            times("Level detectors, falling", gain.level_fall_time),
            times("Smoothers, rising", gain.rise_time),
            times("Smoothers, falling", gain.fall_time),
            times("Second smoothers", gain.lag_time),
            poles("Colouring", gain.pole_decay, gain.pole_frequency, gain.readout_real, gain.readout_imag)};
    }
    if (model.is_selective()) {
        const dsp::SelectiveTensors<float>& of = model.selective().tensors;
        std::vector<PoleGroup> groups{times("Level detectors, rising", of.level_rise_time),
                                      times("Level detectors, falling", of.level_fall_time)};
        const std::size_t states = model.selective().shape.states;
        for (auto begin = of.state_time.begin(); begin != of.state_time.end();
             begin += std::ptrdiff_t(states))
            groups.push_back(times("States of channel " + std::to_string(groups.size() - 1),
                                   {begin, begin + std::ptrdiff_t(states)}));
        groups.push_back(
            poles("Colouring", of.pole_decay, of.pole_frequency, of.readout_real, of.readout_imag));
        return groups;
    }
    std::vector<PoleGroup> groups;
    for (const dsp::LayerParameters& layer : model.stack().layers)
        groups.push_back(poles("Layer " + std::to_string(groups.size() + 1), layer.pole_decay,
                               layer.pole_frequency, layer.readout_real, layer.readout_imag));
    return groups;
}

} // namespace continuo
