#include "models/operations/gain_layout.h"

#include "dsp/gain/element_count.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

namespace continuo::operations {

using dsp::element_count, dsp::for_each_gain_tensor, dsp::GainTensorKind;

dsp::GainTensors<std::size_t> gain_positions(const dsp::GainShape& shape) {
    dsp::GainTensors<std::size_t> positions;
    std::size_t next = 0;
    for_each_gain_tensor(
        shape, positions,
        [&next](const char*, const auto& extents, std::vector<std::size_t>& values, GainTensorKind) {
            values.resize(element_count(extents));
            for (std::size_t& value : values)
                value = next++;
        });
    return positions;
}

std::vector<double> gain_to_learned(const dsp::GainParameters& gain) {
    std::vector<double> learned;
    for_each_gain_tensor(
        gain.shape, gain.tensors,
        [&learned](const char*, const auto&, const std::vector<float>& values, GainTensorKind kind) {
            for (const float value : values)
                learned.push_back(kind == GainTensorKind::positive ? std::log(double(value)) : double(value));
        });
    return learned;
}

dsp::GainTensors<double> gain_from_learned(const dsp::GainShape& shape, std::span<const double> values) {
    dsp::GainTensors<double> tensors;
    for_each_gain_tensor(
        shape, tensors,
        [&values](const char*, const auto& extents, std::vector<double>& to, GainTensorKind kind) {
            const auto own = values.first(element_count(extents));
            values = values.subspan(own.size());
            to.assign(own.begin(), own.end());
            if (kind == GainTensorKind::positive)
                for (double& value : to)
                    value = std::exp(value);
        });
    return tensors;
}

void round_gain(std::span<const double> values, dsp::GainParameters& gain) {
    const dsp::GainTensors<double> exact = gain_from_learned(gain.shape, values);
    std::vector<double> all;
    for_each_gain_tensor(gain.shape, exact,
                         [&all](const char*, const auto&, const std::vector<double>& from, GainTensorKind) {
                             all.insert(all.end(), from.begin(), from.end());
                         });
    auto next = all.begin();
    for_each_gain_tensor(gain.shape, gain.tensors,
                         [&next](const char*, const auto& extents, std::vector<float>& to, GainTensorKind) {
                             to.resize(element_count(extents));
                             for (float& value : to)
                                 value = float(*next++);
                         });
}

GainBounds gain_bounds(const dsp::GainShape& shape, double sample_rate) {
    constexpr double two_pi = 2.0 * std::numbers::pi;
    GainBounds bounds;
    dsp::GainTensors<double> tensors;
    for_each_gain_tensor(
        shape, tensors,
        [&](std::string_view name, const auto& extents, std::vector<double>&, GainTensorKind kind) {
            const double infinity = std::numeric_limits<double>::infinity();
            double low = -infinity, high = infinity;
            if (name == "level_rise_time" || name == "level_fall_time")
                low = std::log(2e-5), high = std::log(10.0);
            else if (name == "rise_time" || name == "fall_time" || name == "lag_time")
                low = std::log(1e-4), high = std::log(30.0);
            else if (name == "curve_width")
                low = std::log(0.02), high = std::log(10.0);
            else if (kind == GainTensorKind::share)
                low = 0.0, high = 1.0;
            else if (name == "bend_scale")
                low = std::log(0.1), high = std::log(100.0);
            else if (kind == GainTensorKind::positive)
                low = std::log(two_pi * 1.0), high = std::log(two_pi * 0.45 * sample_rate);
            const std::size_t size = element_count(extents);
            bounds.lowest.insert(bounds.lowest.end(), size, low);
            bounds.highest.insert(bounds.highest.end(), size, high);
        });
    return bounds;
}

} // namespace continuo::operations
