#pragma once

#include "dsp/instruction_set.h"

#include <vector>

namespace continuo::dsp {

/// exp and ln as the kernels of an instruction set compute them: of one number, in every lane of a register;
/// NaN where the lanes differ.
struct LaneFunctions {
    double (*exponential)(double x);
    double (*logarithm)(double x);
};

#if defined(__x86_64__) || defined(_M_X64)
extern const LaneFunctions sse2_functions, avx2_functions, avx512_functions;
#else
extern const LaneFunctions neon_functions;
#endif

inline const LaneFunctions& lane_functions(InstructionSet set) {
#if defined(__x86_64__) || defined(_M_X64)
    return set == InstructionSet::avx512 ? avx512_functions
           : set == InstructionSet::avx2 ? avx2_functions
                                         : sse2_functions;
#else
    static_cast<void>(set);
    return neon_functions;
#endif
}

} // namespace continuo::dsp
