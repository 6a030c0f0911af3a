#pragma once

#include "dsp/gain/gain_parameters.h"
#include "dsp/realtime.h"

#include <array>
#include <cstddef>

namespace continuo::dsp {

/// What a gain model's transformers and tubes do to the frequency response: a direct path and complex modes
/// in parallel, in double. Equations: dsp/gain/gain_parameters.h.
///
/// One object belongs to one thread at a time.
class LinearColour {
  public:
    /// [main-thread] Allocates nothing. \param sample_rate  Hz, to play at. \param model  valid
    LinearColour(const GainTensors<double>& model, double sample_rate);

    /// Silence. [audio-thread]
    void reset() noexcept CONTINUO_REALTIME;

    /// One sample. [audio-thread] Allocates nothing.
    double step(double input) noexcept CONTINUO_REALTIME {
        double sum = direct_ * input;
        for (std::size_t n = 0; n < modes_; ++n) {
            const double a = real_[n] - input, b = imag_[n];
            real_[n] = lambda_real_[n] * a - lambda_imag_[n] * b + input;
            imag_[n] = lambda_real_[n] * b + lambda_imag_[n] * a;
            sum += readout_real_[n] * real_[n] - readout_imag_[n] * imag_[n];
        }
        return sum;
    }

  private:
    using Modes = std::array<double, 16>;
    double direct_ = 1.0;
    std::size_t modes_ = 0;
    Modes lambda_real_{}, lambda_imag_{}, readout_real_{}, readout_imag_{}, real_{}, imag_{};
};

} // namespace continuo::dsp
