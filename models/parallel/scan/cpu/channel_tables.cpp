#include "models/parallel/scan/cpu/channel_tables.h"

#include <algorithm>
#include <array>

namespace continuo::parallel::cpu {

namespace {

/// Modes padded so that a column of states fills whole registers of float and either half whole registers of
/// double.
std::size_t padded(std::size_t modes, std::size_t lanes) {
    const std::size_t multiple = std::max<std::size_t>(lanes / 2, 2);
    return (modes + multiple - 1) / multiple * multiple;
}

} // namespace

ChannelTables::ChannelTables(const std::vector<Complex>& delta, const std::vector<Complex>& readout,
                             std::size_t lanes)
    : modes_(delta.size()), columns_(2 * padded(modes_, lanes)), powers_((chunk + 1) * columns_),
      readout_(columns_) {
    for (Direction* direction : {&forward_, &backward_})
        *direction = {AlignedArray<float>(chunk * columns_), AlignedArray<float>(chunk * lanes),
                      AlignedArray<float>(chunk * columns_)};
    const std::size_t half = columns_ / 2;
    std::array<double, chunk> impulse{};
    for (std::size_t n = 0; n < modes_; ++n) {
        Complex powers[chunk + 1];
        for (std::size_t j = 0; j <= chunk; ++j) {
            powers[j] = power({1.0 + delta[n].real, delta[n].imag}, unsigned(j));
            powers_.data()[j * columns_ + n] = powers[j].real;
            powers_.data()[j * columns_ + half + n] = powers[j].imag;
        }
        readout_.data()[n] = readout[n].real;
        readout_.data()[half + n] = readout[n].imag;
        for (std::size_t t = 0; t < chunk; ++t) {
            const Complex read = multiply_add(readout[n], powers[t], {0.0, 0.0});
            const Complex read_next = multiply_add(readout[n], powers[t + 1], {0.0, 0.0});
            impulse[t] += read.real;
            const auto into = [&](Direction& direction, const Complex& value) {
                direction.into_states.data()[t * columns_ + n] = float(value.real);
                direction.into_states.data()[t * columns_ + half + n] = float(value.imag);
            };
            const auto from = [&](Direction& direction, const Complex& value) {
                direction.from_states.data()[n * chunk + t] = float(value.real);
                direction.from_states.data()[(half + n) * chunk + t] = float(-value.imag);
            };
            into(forward_, powers[chunk - 1 - t]);
            from(forward_, read_next);
            into(backward_, read_next);
            from(backward_, powers[chunk - 1 - t]);
        }
    }
    for (std::size_t i = 0; i < lanes; ++i)
        for (std::size_t t = 0; t < chunk; ++t) {
            const std::size_t lane = t % lanes, later = t - lane + i;
            forward_.impulse.data()[i * chunk + t] = t >= i ? float(impulse[t - i]) : 0.0f;
            backward_.impulse.data()[i * chunk + t] = later >= lane ? float(impulse[later - lane]) : 0.0f;
        }
}

} // namespace continuo::parallel::cpu
