#pragma once

#include "dsp/discretise.h"
#include "dsp/knob_ramp.h"
#include "dsp/stack_parameters.h"

#include <complex>
#include <span>
#include <vector>

namespace continuo::dsp {

/// The gated S4D stack in plain double precision, one sample after the other: what every optimised kernel is
/// tested against. It runs the float coefficients of discretise.h, which are the model, as z ← z + (δ z + v).
///
/// [main-thread] Speed is no aim, and flush-to-zero is left alone.
/// Source: Gu et al. 2022 (S4D); the equations of dsp/stack_parameters.h.
class ReferenceStack {
  public:
    /// Starts at equilibrium with all knobs at 0. Throws std::invalid_argument as validate().
    ReferenceStack(const StackParameters& parameters, double sample_rate);

    /// Puts the state where it comes to rest at input 0 with these knobs: z = −v / δ, layer after layer.
    void reset(std::span<const float> knobs);

    /// New knob targets, reached over 20 ms as KnobRamp has it.
    void set_knobs(std::span<const float> targets);

    /// Runs `frames` samples; in place is allowed.
    void process(const double* input, double* output, std::size_t frames);

    /// Runs one sample.
    double step(double input);

  private:
    struct Layer {
        LayerParameters parameters;
        DiscreteModes modes;
        std::vector<std::complex<double>> state; // [mode][channel]
        std::vector<double> argument;            // u of the sample before [channel]
        std::vector<double> past;                // v of this sample and those before [tap][channel]
    };

    std::vector<double> argument(const Layer& layer, const std::vector<double>& x) const;
    void drive(Layer& layer, const std::vector<double>& x, std::vector<double>& v) const;
    void read_and_gate(const Layer& layer, std::vector<double>& x) const;

    StackParameters parameters_;
    std::vector<Layer> layers_;
    KnobRamp knobs_;
};

} // namespace continuo::dsp
