#pragma once

#include "models/parallel/scan/selective/selective_scan.h"

namespace continuo::parallel {

/// The selective scan's definition in plain loops, in double, its output too.
///
/// \param y  signal; arguments.y is not written
/// [any-thread] Allocates.
void reference_selective_forward(const SelectiveShape& shape, const SelectiveForward& arguments, double* y);

/// Its derivatives, by the same loops. Gradients in float are rounded from double. [any-thread] Allocates.
void reference_selective_backward(const SelectiveShape& shape, const SelectiveBackward& arguments);

} // namespace continuo::parallel
