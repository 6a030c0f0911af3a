#include "dsp/gain/linear_colour.h"

#include <cmath>

namespace continuo::dsp {

LinearColour::LinearColour(const GainTensors<double>& model, double sample_rate)
    : direct_(model.direct[0]), modes_(model.pole_decay.size()) {
    for (std::size_t n = 0; n < modes_; ++n) {
        const double size = std::exp(-model.pole_decay[n] / sample_rate);
        const double angle = model.pole_frequency[n] / sample_rate;
        lambda_real_[n] = size * std::cos(angle);
        lambda_imag_[n] = size * std::sin(angle);
        readout_real_[n] = model.readout_real[n];
        readout_imag_[n] = model.readout_imag[n];
    }
}

void LinearColour::reset() noexcept CONTINUO_REALTIME {
    real_.fill(0.0);
    imag_.fill(0.0);
}

} // namespace continuo::dsp
