#pragma once

#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/gain/padded_vector.h"
#include "dsp/instruction_set.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// What a compressor's transformers and tubes do to the frequency response: a direct path and complex modes
/// in parallel, in double. Equations: dsp/gain/gain_parameters.h.
///
/// One object belongs to one thread at a time. Movable, not copyable.
class LinearColour {
  public:
    /// [main-thread] Allocates. \param sample_rate  Hz, to play at
    /// \param model  valid GainTensors or SelectiveTensors \param set  one that this processor runs
    template <typename Tensors>
    LinearColour(const Tensors& model, double sample_rate, InstructionSet set = default_instruction_set())
        : LinearColour(model.direct[0], model.pole_decay, model.pole_frequency, model.readout_real,
                       model.readout_imag, sample_rate, set) {}

    /// Silence. [audio-thread]
    void reset() noexcept CONTINUO_REALTIME {
        real_.fill(0.0);
        imag_.fill(0.0);
    }

    /// Some samples; the bits do not depend on how many at a time. [audio-thread] Allocates nothing.
    /// \param output  may not be the input
    void process(const double* input, double* output, std::size_t samples) noexcept CONTINUO_REALTIME {
        table_->colour(colouring_, input, output, samples);
    }

  private:
    LinearColour(double direct, const std::vector<double>& pole_decay,
                 const std::vector<double>& pole_frequency, const std::vector<double>& readout_real,
                 const std::vector<double>& readout_imag, double sample_rate, InstructionSet set);

    const kernels::GainTable* table_;
    PaddedVector lambda_real_, lambda_imag_, readout_real_, readout_imag_, real_, imag_;
    kernels::Colouring colouring_{};
};

} // namespace continuo::dsp
