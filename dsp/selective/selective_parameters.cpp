#include "dsp/selective/selective_parameters.h"

#include "dsp/expect_range.h"
#include "dsp/gain/tensor_values.h"

#include <algorithm>

namespace continuo::dsp {

SelectiveParameters make_selective(const SelectiveShape& shape, double sample_rate) {
    auto selective = plain_parameters<SelectiveParameters>(shape, sample_rate);
    std::fill(selective.tensors.state_time.begin(), selective.tensors.state_time.end(), 0.1f);
    return selective;
}

std::size_t parameter_count(const SelectiveShape& shape) {
    const std::size_t b = shape.levels, h = shape.channels, s = shape.states, m = shape.hidden,
                      k = shape.knobs;
    return 4 * b + 2 * (h + s) * (b + 1) + h * (s + 2) + m * (h + 2) + 5 + 4 * shape.modes +
           k * (2 * b + 2 * h + m + 2);
}

void validate(const SelectiveParameters& selective) {
    expect_range("levels", selective.shape.levels, 1, 16);
    expect_range("channels", selective.shape.channels, 1, 16);
    expect_range("states", selective.shape.states, 1, 16);
    expect_range("hidden units", selective.shape.hidden, 1, 32);
    expect_range("modes", selective.shape.modes, 1, 16);
    expect_range("knobs", selective.shape.knobs, 0, 16);
    expect_tensor_values(selective);
}

SelectiveTensors<double> in_double(const SelectiveParameters& selective) {
    SelectiveTensors<double> result;
    copy_tensors(selective.shape, selective.tensors, result);
    return result;
}

} // namespace continuo::dsp
