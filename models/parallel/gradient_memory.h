#pragma once

#include "models/parallel/gradient_plan.h"

#include <cstddef>
#include <type_traits>

namespace continuo::parallel {

/// What StackGradientEngine needs on its device for a round, and for the way there and back.
template <class Device, int Channels, int Modes>
struct GradientMemory {
    template <class T>
    using Array = typename Device::template Array<T>;
    template <class T>
    using Staging = typename Device::template Staging<T>;
    using Plan = GradientPlan<Channels, Modes>;

    Staging<unsigned char> staged, staged_results; ///< as the plan says
    Array<unsigned char> content, results;
    Array<float> x;                      ///< before each layer and after the last [layer][time][channel]
    Array<float> activation, sum, gate;  ///< the trace [layer][time][channel]
    Array<float> gradient, sum_gradient; ///< dL/dx, dL/ds of one layer [time][channel]
    Array<float> states;           ///< before each segment [layer][segment][mode][real, imaginary][channel]
    Array<float> adjoint_states;   ///< of one layer
    Array<double> carry, adjoints; ///< [sequence][layer][mode][real, imaginary][channel]
    Array<float> layer_sums;       ///< [backward block][layer][CoefficientSumLayout::layer_size()]
    Array<float> sample_sums;      ///< [sample block][sample_sum_floats]
    Array<double> sample_losses;   ///< [sample block]

    /// What is too small for a plan is made anew; true where anything was. Throws what the device throws
    /// where no memory is left.
    bool make_room(const Plan& plan, const StackLayout& layout) {
        bool moved = false;
        const auto grow = [&moved](auto& array, std::size_t count) {
            if (array.size() >= count)
                return;
            using Memory = std::remove_reference_t<decltype(array)>;
            array = Memory(); // first let go of what there is
            array = Memory(count);
            moved = true;
        };
        const std::size_t layers = std::size_t(layout.layers), signal = plan.frames * Channels;
        grow(staged, plan.to_device);
        grow(content, plan.to_device);
        grow(results, plan.from_device);
        grow(staged_results, plan.from_device);
        grow(x, (layers + 1) * signal);
        for (Array<float>* trace : {&activation, &sum, &gate})
            grow(*trace, layers * signal);
        for (Array<float>* one : {&gradient, &sum_gradient})
            grow(*one, signal);
        grow(states, layers * states_of_layer(plan, layout));
        grow(adjoint_states,
             plan.backward.size() * BackwardBlock<Channels, Modes>::segments * states_of_segment(layout));
        for (Array<double>* ends : {&carry, &adjoints})
            grow(*ends, plan.sequences * layers * states_of_segment(layout));
        grow(layer_sums,
             plan.backward.size() * layers * std::size_t(CoefficientSumLayout{layout}.layer_size()));
        grow(sample_sums, plan.samples.size() * sample_sum_floats<Channels>);
        grow(sample_losses, plan.samples.size());
        return moved;
    }

    float* states_of(const Plan& plan, const StackLayout& layout, int layer) const {
        return states.data() + std::size_t(layer) * states_of_layer(plan, layout);
    }

  private:
    static std::size_t states_of_segment(const StackLayout& layout) {
        return std::size_t(layout.modes) * 2 * Channels;
    }
    static std::size_t states_of_layer(const Plan& plan, const StackLayout& layout) {
        return plan.forward.size() * SegmentBlock<Channels>::segments * states_of_segment(layout);
    }
};

} // namespace continuo::parallel
