#include "dsp/gain/linear_colour.h"

#include <cmath>

namespace continuo::dsp {

LinearColour::LinearColour(double direct, const std::vector<double>& pole_decay,
                           const std::vector<double>& pole_frequency, const std::vector<double>& readout_real,
                           const std::vector<double>& readout_imag, double sample_rate, InstructionSet set)
    : table_(&kernels::gain_table(set)), lambda_real_(pole_decay.size()), lambda_imag_(pole_decay.size()),
      readout_real_(readout_real), readout_imag_(readout_imag), real_(pole_decay.size()),
      imag_(pole_decay.size()) {
    colouring_ = {
        .modes = pole_decay.size(),
        .direct = direct,
        .lambda_real = lambda_real_.data(),
        .lambda_imag = lambda_imag_.data(),
        .readout_real = readout_real_.data(),
        .readout_imag = readout_imag_.data(),
        .real = real_.data(),
        .imag = imag_.data(),
    };
    for (std::size_t n = 0; n < pole_decay.size(); ++n) {
        const double size = std::exp(-pole_decay[n] / sample_rate);
        const double angle = pole_frequency[n] / sample_rate;
        lambda_real_[n] = size * std::cos(angle);
        lambda_imag_[n] = size * std::sin(angle);
    }
}

} // namespace continuo::dsp
