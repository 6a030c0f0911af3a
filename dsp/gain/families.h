#pragma once

#include "dsp/gain/gain_control.h"
#include "dsp/gain/gain_parameters.h"
#include "dsp/selective/selective_control.h"
#include "dsp/selective/selective_parameters.h"

#include <cstddef>

namespace continuo::dsp {

/// What belongs together in a family whose models compute a gain (gain, selective). What they have in common,
/// from streaming to the trainer, is written once, over the type of the shape.
template <typename Shape>
struct FamilyOf;

template <>
struct FamilyOf<GainShape> {
    template <typename Number>
    using Tensors = GainTensors<Number>;
    using Parameters = GainParameters;
    using Control = GainControl;
};

template <>
struct FamilyOf<SelectiveShape> {
    template <typename Number>
    using Tensors = SelectiveTensors<Number>;
    using Parameters = SelectiveParameters;
    using Control = SelectiveControl;
};

template <typename Shape, typename Number>
using TensorsOf = typename FamilyOf<Shape>::template Tensors<Number>;
template <typename Shape>
using ParametersOf = typename FamilyOf<Shape>::Parameters;
template <typename Shape>
using ControlOf = typename FamilyOf<Shape>::Control;

/// How many values settle() of a family's control takes. [any-thread] Allocates nothing.
inline std::size_t state_count(const GainShape& shape) {
    return shape.channels;
}
inline std::size_t state_count(const SelectiveShape& shape) {
    return shape.channels * shape.states;
}

/// Zeros of the right shape: make_gain(), make_selective(). [main-thread] Allocates.
inline GainParameters make_parameters(const GainShape& shape, double sample_rate) {
    return make_gain(shape, sample_rate);
}
inline SelectiveParameters make_parameters(const SelectiveShape& shape, double sample_rate) {
    return make_selective(shape, sample_rate);
}

} // namespace continuo::dsp
