#pragma once

#include "dsp/gain/element_count.h"
#include "dsp/gain/gain_parameters.h"

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
            }
        });
    for (const float frequency : model.tensors.pole_frequency)
        if (!(double(frequency) < std::numbers::pi * model.sample_rate))
            throw std::invalid_argument("a pole lies at or above half of the sample rate");
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
