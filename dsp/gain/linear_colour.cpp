#include "dsp/gain/linear_colour.h"

#include <cmath>

namespace continuo::dsp {

LinearColour::LinearColour(double direct, const std::vector<double>& pole_decay,
                           const std::vector<double>& pole_frequency, const std::vector<double>& readout_real,
                           const std::vector<double>& readout_imag, double sample_rate)
    : direct_(direct), modes_(pole_decay.size()) {
    for (std::size_t n = 0; n < modes_; ++n) {
        const double size = std::exp(-pole_decay[n] / sample_rate);
        const double angle = pole_frequency[n] / sample_rate;
        lambda_real_[n] = size * std::cos(angle);
        lambda_imag_[n] = size * std::sin(angle);
        readout_real_[n] = readout_real[n];
        readout_imag_[n] = readout_imag[n];
    }
}

void LinearColour::reset() noexcept CONTINUO_REALTIME {
    real_.fill(0.0);
    imag_.fill(0.0);
}

// The samples in the inner loop, so that the state stays in registers, and two batches of modes at once,
// since each sample waits for the one before.
void LinearColour::process(const double* input, double* output,
                           std::size_t count) noexcept CONTINUO_REALTIME {
    for (std::size_t t = 0; t < count; ++t)
        output[t] = direct_ * input[t];
    for (std::size_t n = 0; n < modes_; n += modes_at_once) {
        const auto load = [n](const Modes& values) {
            return std::array{Doubles::load_unaligned(values.data() + n),
                              Doubles::load_unaligned(values.data() + n + Doubles::size)};
        };
        const auto lambda_real = load(lambda_real_), lambda_imag = load(lambda_imag_);
        const auto readout_real = load(readout_real_), readout_imag = load(readout_imag_);
        auto real = load(real_), imag = load(imag_);
        for (std::size_t t = 0; t < count; ++t) {
            const Doubles x(input[t]);
            Doubles sums(0.0);
            for (std::size_t i = 0; i < 2; ++i) {
                const Doubles a = real[i] - x, b = imag[i];
                real[i] = lambda_real[i] * a - lambda_imag[i] * b + x;
                imag[i] = lambda_real[i] * b + lambda_imag[i] * a;
                sums += readout_real[i] * real[i] - readout_imag[i] * imag[i];
            }
            output[t] += sum_of_lanes(sums);
        }
        for (std::size_t i = 0; i < 2; ++i) {
            real[i].store_unaligned(real_.data() + n + i * Doubles::size);
            imag[i].store_unaligned(imag_.data() + n + i * Doubles::size);
        }
    }
}

} // namespace continuo::dsp
