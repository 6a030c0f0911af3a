#pragma once

#include "dsp/gain/strip_matrix.h"
#include "dsp/realtime.h"

#include <array>
#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// What a compressor's transformers and tubes do to the frequency response: a direct path and complex modes
/// in parallel, in double. Equations: dsp/gain/gain_parameters.h.
///
/// One object belongs to one thread at a time.
class LinearColour {
  public:
    /// [main-thread] Allocates nothing. \param sample_rate  Hz, to play at
    /// \param model  valid GainTensors or SelectiveTensors
    template <typename Tensors>
    LinearColour(const Tensors& model, double sample_rate)
        : LinearColour(model.direct[0], model.pole_decay, model.pole_frequency, model.readout_real,
                       model.readout_imag, sample_rate) {}

    /// Silence. [audio-thread]
    void reset() noexcept CONTINUO_REALTIME;

    /// Some samples; the bits do not depend on how many at a time. [audio-thread] Allocates nothing.
    /// \param count  at most largest_count \param output  may not be the input
    void process(const double* input, double* output, std::size_t count) noexcept CONTINUO_REALTIME;

    /// One sample: the same bits as process(). [audio-thread] Allocates nothing.
    double step(double input) noexcept CONTINUO_REALTIME {
        double output = 0.0;
        process(&input, &output, 1);
        return output;
    }

    static constexpr std::size_t largest_count = 32; ///< samples per call of process()

  private:
    LinearColour(double direct, const std::vector<double>& pole_decay,
                 const std::vector<double>& pole_frequency, const std::vector<double>& readout_real,
                 const std::vector<double>& readout_imag, double sample_rate);

    static constexpr std::size_t modes_at_once = 2 * Doubles::size;
    using Modes = std::array<double, (15 / modes_at_once + 1) * modes_at_once>; // beyond modes_, silent
    double direct_ = 1.0;
    std::size_t modes_ = 0;
    Modes lambda_real_{}, lambda_imag_{}, readout_real_{}, readout_imag_{}, real_{}, imag_{};
};

} // namespace continuo::dsp
