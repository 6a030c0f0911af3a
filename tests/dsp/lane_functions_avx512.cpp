#if defined(__x86_64__) || defined(_M_X64)

#include "dsp/kernels/architecture_avx512.h"

#include "tests/dsp/lane_functions.inl.h"

namespace continuo::dsp {

const LaneFunctions avx512_functions = functions;

} // namespace continuo::dsp

#endif
