#pragma once

#include "models/format/model.h"

#include <vector>

namespace continuo {

/// The input that tells how loud a model is: the open strings of a guitar, plucked one after the other and
/// then together, 3 s, with the largest sample at −12 dB full scale, as a guitar that an interface's input
/// has room for. [any-thread] Allocates. \param sample_rate  Hz, 8000 to 768000
std::vector<float> loudness_reference(double sample_rate);

/// Loudness of what the model makes of loudness_reference(), in LUFS, not below −70, with every knob at its
/// default, at the rate that it was trained at. What a player of models needs to make them equally loud.
/// [any-thread] Allocates. Throws std::invalid_argument where validate() does or the rate is out of range.
/// Source: ITU-R BS.1770-4, as libebur128 has it.
double reference_loudness(const Model& model);

} // namespace continuo
