#pragma once

#include "dsp/gain/element_count.h"
#include "dsp/gain/gain_parameters.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

namespace continuo::dsp {

/// Throws std::invalid_argument in one line where the rate, the scale or a tensor of a model that computes a
/// gain (GainParameters, SelectiveParameters) cannot be used; its shape is valid. [main-thread] Allocates.
template <typename Parameters>
void expect_tensor_values(const Parameters& model) {
    // Times, poles, widths and scales beyond these have no use, and squares of them would leave the range of
    // a float.
    constexpr float shortest = 1e-6f, longest = 1e6f;
    if (!(model.sample_rate >= 1000.0 && model.sample_rate <= 1e6))
        throw std::invalid_argument("the sample rate is outside 1 kHz to 1 MHz");
    if (!(model.input_scale > 0.0f && model.input_scale <= longest))
        throw std::invalid_argument("the input scale is outside 0 to a million");
    for_each_gain_tensor(
        model.shape, model.tensors,
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
                    throw std::invalid_argument("tensor " + name + " holds a value that is not above zero");
                if (kind == GainTensorKind::share && !(value >= 0.0f && value <= 1.0f))
                    throw std::invalid_argument("tensor " + name + " holds a share outside 0 to 1");
                if (kind == GainTensorKind::balance && !(std::abs(value) <= 1.0f))
                    throw std::invalid_argument("tensor " + name + " holds a balance outside -1 to 1");
            }
        });
    for (const float frequency : model.tensors.pole_frequency)
        if (!(double(frequency) < std::numbers::pi * model.sample_rate))
            throw std::invalid_argument("a pole lies at or above half of the sample rate");
}

/// GainParameters or SelectiveParameters of that shape: zeros, but for detectors of 0.1 s, poles at 1000 /s,
/// a direct path of gain 1, and a scale of the bend of 1. What else is a time or a width is left to the
/// family. [main-thread] Allocates.
template <typename Parameters, typename Shape>
Parameters plain_parameters(const Shape& shape, double sample_rate) {
    Parameters model;
    model.shape = shape;
    model.sample_rate = sample_rate;
    for_each_gain_tensor(shape, model.tensors,
                         [](const char*, const auto& extents, std::vector<float>& values, GainTensorKind) {
                             values.assign(element_count(extents), 0.0f);
                         });
    for (auto* times : {&model.tensors.level_rise_time, &model.tensors.level_fall_time})
        std::fill(times->begin(), times->end(), 0.1f);
    for (auto* poles : {&model.tensors.pole_decay, &model.tensors.pole_frequency})
        std::fill(poles->begin(), poles->end(), 1000.0f);
    model.tensors.direct[0] = 1.0f;
    model.tensors.bend_scale[0] = 1.0f;
    return model;
}

/// Every tensor of `from` into that of `to`, in another kind of number. [main-thread] Allocates.
template <typename Shape, typename From, typename To>
void copy_tensors(const Shape& shape, const From& from, To& to) {
    using Source = decltype(from.direct);
    std::vector<const Source*> sources;
    for_each_gain_tensor(shape, from,
                         [&sources](const char*, const auto&, const Source& values, GainTensorKind) {
                             sources.push_back(&values);
                         });
    std::size_t next = 0;
    for_each_gain_tensor(shape, to, [&](const char*, const auto&, auto& values, GainTensorKind) {
        values.assign(sources[next]->begin(), sources[next]->end());
        ++next;
    });
}

} // namespace continuo::dsp
