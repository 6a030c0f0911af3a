#pragma once

#include "dsp/stack_parameters.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace continuo::operations {

/// One tensor's place in the flat vector of learned values. Row-major rows × columns; `layer` is −1 outside
/// the layers.
struct LearnedTensor {
    std::string name;
    int layer;
    std::size_t offset, rows, columns;
    std::size_t size() const { return rows * columns; }
};

/// Where each learned value of a stack stands in one flat vector: the coordinates that the optimiser works
/// in. Same order as StackParameters; poles as p = ln(decay / sample rate) and q = ln(frequency / sample
/// rate), so that λ = exp(−e^p + i e^q) stays inside the unit circle whatever the optimiser does.
class ParameterLayout {
  public:
    struct Layer {
        std::size_t mixing, mixing_bias, knob_scale, knob_bias, pole_decay, pole_frequency, readout_real,
            readout_imag, skip, gate, gate_bias, knob_gate;
    };

    /// [main-thread] Allocates.
    explicit ParameterLayout(const dsp::StackShape& shape);

    const dsp::StackShape& shape() const { return shape_; }
    std::size_t size() const { return size_; }
    const Layer& layer(std::size_t index) const { return layers_[index]; }
    std::size_t encoder() const { return 0; }
    std::size_t decoder() const { return shape_.channels; }
    std::size_t decoder_bias() const { return 2 * shape_.channels; }
    const std::vector<LearnedTensor>& tensors() const { return tensors_; }

  private:
    dsp::StackShape shape_;
    std::vector<Layer> layers_;
    std::vector<LearnedTensor> tensors_;
    std::size_t size_ = 0;
};

/// Limits of the learned poles: decay of e^−16 to e^1 per sample, frequency of e^−16 to 0.9 π rad per sample.
inline constexpr double lowest_log_pole = -16.0;
inline constexpr double highest_log_decay = 1.0;
extern const double highest_log_frequency;

/// The least and the most that each learned value may be: the limits above for the poles, nothing for the
/// rest. [main-thread] Allocates.
struct LearnedBounds {
    std::vector<double> lowest, highest;
};
LearnedBounds learned_bounds(const dsp::StackShape& shape);

/// [main-thread] Allocates.
std::vector<double> to_learned(const dsp::StackParameters& stack);

/// Writes `learned` (ParameterLayout order) into `stack`, rounded to float, poles clamped to the limits.
/// [main-thread] Allocates.
void from_learned(std::span<const double> learned, dsp::StackParameters& stack);

} // namespace continuo::operations
