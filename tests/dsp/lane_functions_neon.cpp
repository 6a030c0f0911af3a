#if defined(__aarch64__) || defined(_M_ARM64)

#include "dsp/kernels/architecture_neon.h"

#include "tests/dsp/lane_functions.inl.h"

namespace continuo::dsp {

const LaneFunctions neon_functions = functions;

} // namespace continuo::dsp

#endif
