#include "models/operations/gain_layout.h"

#include "dsp/gain/element_count.h"
#include "dsp/gain/tensor_values.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

namespace continuo::operations {

using dsp::element_count, dsp::for_each_gain_tensor, dsp::GainTensorKind;

template <typename Shape>
dsp::TensorsOf<Shape, std::size_t> gain_positions(const Shape& shape) {
    dsp::TensorsOf<Shape, std::size_t> positions;
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

template <typename Parameters>
std::vector<double> gain_to_learned(const Parameters& model) {
    std::vector<double> learned;
    for_each_gain_tensor(
        model.shape, model.tensors,
        [&learned](const char*, const auto&, const std::vector<float>& values, GainTensorKind kind) {
            for (const float value : values)
                learned.push_back(kind == GainTensorKind::positive ? std::log(double(value)) : double(value));
        });
    return learned;
}

template <typename Shape>
dsp::TensorsOf<Shape, double> gain_from_learned(const Shape& shape, std::span<const double> values) {
    dsp::TensorsOf<Shape, double> tensors;
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

template <typename Parameters>
void round_gain(std::span<const double> values, Parameters& model) {
    dsp::copy_tensors(model.shape, gain_from_learned(model.shape, values), model.tensors);
}

template <typename Shape>
GainBounds gain_bounds(const Shape& shape, double sample_rate) {
    constexpr double two_pi = 2.0 * std::numbers::pi;
    GainBounds bounds;
    dsp::TensorsOf<Shape, double> tensors;
    for_each_gain_tensor(
        shape, tensors,
        [&](std::string_view name, const auto& extents, std::vector<double>&, GainTensorKind kind) {
            const double infinity = std::numeric_limits<double>::infinity();
            double low = -infinity, high = infinity;
            if (name == "level_rise_time" || name == "level_fall_time")
                low = std::log(2e-5), high = std::log(10.0);
            else if (name == "rise_time" || name == "fall_time" || name == "lag_time" || name == "state_time")
                low = std::log(1e-4), high = std::log(30.0);
            else if (name == "curve_width")
                low = std::log(0.02), high = std::log(10.0);
            else if (kind == GainTensorKind::share)
                low = 0.0, high = 1.0;
            else if (kind == GainTensorKind::balance)
                low = -1.0, high = 1.0;
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

template dsp::GainTensors<std::size_t> gain_positions(const dsp::GainShape&);
template dsp::SelectiveTensors<std::size_t> gain_positions(const dsp::SelectiveShape&);
template std::vector<double> gain_to_learned(const dsp::GainParameters&);
template std::vector<double> gain_to_learned(const dsp::SelectiveParameters&);
template dsp::GainTensors<double> gain_from_learned(const dsp::GainShape&, std::span<const double>);
template dsp::SelectiveTensors<double> gain_from_learned(const dsp::SelectiveShape&, std::span<const double>);
template void round_gain(std::span<const double>, dsp::GainParameters&);
template void round_gain(std::span<const double>, dsp::SelectiveParameters&);
template GainBounds gain_bounds(const dsp::GainShape&, double);
template GainBounds gain_bounds(const dsp::SelectiveShape&, double);

} // namespace continuo::operations
