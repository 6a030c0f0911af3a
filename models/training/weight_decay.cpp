#include "models/training/weight_decay.h"

#include "models/operations/parameter_layout.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace continuo {

WeightDecay::WeightDecay(const dsp::StackShape& shape) {
    // Biases, skips and poles are not weights: small is not simple there.
    constexpr std::array<std::string_view, 6> weights{"encoder",      "decoder",      "mixing",
                                                      "readout_real", "readout_imag", "gate"};
    const operations::ParameterLayout layout(shape);
    for (const operations::LearnedTensor& tensor : layout.tensors())
        if (std::find(weights.begin(), weights.end(), tensor.name) != weights.end())
            ranges_.emplace_back(tensor.offset, tensor.offset + tensor.size());
}

double WeightDecay::add(double weight, std::span<const double> values, std::span<double> gradient) const {
    double sum = 0.0;
    for (const auto& [begin, end] : ranges_)
        for (std::size_t i = begin; i < end; ++i) {
            sum += values[i] * values[i];
            gradient[i] += 2.0 * weight * values[i];
        }
    return weight * sum;
}

} // namespace continuo
