#include "dsp/gain/gain_parameters.h"

#include "dsp/expect_range.h"
#include "dsp/gain/element_count.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace continuo::dsp {

namespace {

constexpr double control_rate = 6000.0; // Hz

// Times and poles beyond these have no use, and squares of them would leave the range of a float.
constexpr float shortest = 1e-6f, longest = 1e6f;

} // namespace

std::size_t control_period(double sample_rate) noexcept {
    return std::size_t(std::max(1.0, std::round(sample_rate / control_rate)));
}

GainParameters make_gain(const GainShape& shape, double sample_rate) {
    GainParameters gain;
    gain.shape = shape;
    gain.sample_rate = sample_rate;
    for_each_gain_tensor(shape, gain.tensors,
                         [](const char*, const auto& extents, std::vector<float>& values, GainTensorKind) {
                             values.assign(element_count(extents), 0.0f);
                         });
    for (auto* times : {&gain.tensors.level_rise_time, &gain.tensors.level_fall_time, &gain.tensors.rise_time,
                        &gain.tensors.fall_time})
        std::fill(times->begin(), times->end(), 0.1f);
    std::fill(gain.tensors.lag_time.begin(), gain.tensors.lag_time.end(), 1e-5f);
    for (auto* poles : {&gain.tensors.pole_decay, &gain.tensors.pole_frequency})
        std::fill(poles->begin(), poles->end(), 1000.0f);
    std::fill(gain.tensors.curve_width.begin(), gain.tensors.curve_width.end(), 1.0f);
    gain.tensors.direct[0] = 1.0f;
    gain.tensors.bend_scale[0] = 1.0f;
    return gain;
}

std::size_t parameter_count(const GainShape& shape) {
    const std::size_t b = shape.levels, h = shape.channels, m = shape.hidden, k = shape.knobs;
    return 3 * b + h * (2 * b + 8) + m * (h + 2) + 5 + 4 * shape.modes + k * (2 * b + 4 * h + m + 2);
}

void validate(const GainParameters& gain) {
    expect_range("levels", gain.shape.levels, 1, 16);
    expect_range("channels", gain.shape.channels, 1, 16);
    expect_range("hidden units", gain.shape.hidden, 1, 32);
    expect_range("modes", gain.shape.modes, 1, 16);
    expect_range("knobs", gain.shape.knobs, 0, 16);
    if (!(gain.sample_rate >= 1000.0 && gain.sample_rate <= 1e6))
        throw std::invalid_argument("the sample rate is outside 1 kHz to 1 MHz");
    if (!(gain.input_scale > 0.0f && gain.input_scale <= longest))
        throw std::invalid_argument("the input scale is outside 0 to a million");
    for_each_gain_tensor(gain.shape, gain.tensors,
                         [](const std::string& name, const auto& extents, const std::vector<float>& values,
                            GainTensorKind kind) {
                             if (values.size() != element_count(extents))
                                 throw std::invalid_argument("tensor " + name + " has the wrong size");
                             for (const float value : values) {
                                 if (!(std::abs(value) <= longest))
                                     throw std::invalid_argument("tensor " + name +
                                                                 " holds a value that is not finite or "
                                                                 "beyond a million");
                                 if (kind == GainTensorKind::positive && !(value >= shortest))
                                     throw std::invalid_argument("tensor " + name +
                                                                 " holds a time or a pole that is not above "
                                                                 "zero");
                                 if (kind == GainTensorKind::share && !(value >= 0.0f && value <= 1.0f))
                                     throw std::invalid_argument("tensor " + name +
                                                                 " holds a share outside 0 to 1");
                             }
                         });
    for (const float frequency : gain.tensors.pole_frequency)
        if (!(double(frequency) < std::numbers::pi * gain.sample_rate))
            throw std::invalid_argument("a pole lies at or above half of the sample rate");
}

GainTensors<double> in_double(const GainParameters& gain) {
    GainTensors<double> result;
    std::vector<std::vector<double>> all;
    for_each_gain_tensor(gain.shape, gain.tensors,
                         [&](const char*, const auto&, const std::vector<float>& values, GainTensorKind) {
                             all.emplace_back(values.begin(), values.end());
                         });
    std::size_t next = 0;
    for_each_gain_tensor(
        gain.shape, result,
        [&](const char*, const auto&, std::vector<double>& values, GainTensorKind) { values = all[next++]; });
    return result;
}

} // namespace continuo::dsp
