#include "dsp/gain/gain_parameters.h"

#include "dsp/expect_range.h"
#include "dsp/gain/tensor_values.h"

#include <algorithm>
#include <cmath>

namespace continuo::dsp {

namespace {

constexpr double control_rate = 6000.0; // Hz

} // namespace

std::size_t control_period(double sample_rate) noexcept {
    return std::size_t(std::max(1.0, std::round(sample_rate / control_rate)));
}

GainParameters make_gain(const GainShape& shape, double sample_rate) {
    auto gain = plain_parameters<GainParameters>(shape, sample_rate);
    for (auto* times : {&gain.tensors.rise_time, &gain.tensors.fall_time})
        std::fill(times->begin(), times->end(), 0.1f);
    std::fill(gain.tensors.lag_time.begin(), gain.tensors.lag_time.end(), 1e-5f);
    std::fill(gain.tensors.curve_width.begin(), gain.tensors.curve_width.end(), 1.0f);
    return gain;
}

std::size_t parameter_count(const GainShape& shape) {
    const std::size_t b = shape.levels, h = shape.channels, m = shape.hidden, k = shape.knobs;
    return 4 * b + h * (2 * b + 8) + m * (h + 2) + 5 + 4 * shape.modes + k * (2 * b + 4 * h + m + 2);
}

void validate(const GainParameters& gain) {
    expect_range("levels", gain.shape.levels, 1, 16);
    expect_range("channels", gain.shape.channels, 1, 16);
    expect_range("hidden units", gain.shape.hidden, 1, 32);
    expect_range("modes", gain.shape.modes, 1, 16);
    expect_range("knobs", gain.shape.knobs, 0, 16);
    expect_tensor_values(gain);
}

GainTensors<double> in_double(const GainParameters& gain) {
    GainTensors<double> result;
    copy_tensors(gain.shape, gain.tensors, result);
    return result;
}

} // namespace continuo::dsp
