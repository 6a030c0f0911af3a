#include "dsp/gain/kernels/gain_kernel.h"

namespace continuo::dsp::kernels {

const GainTable& gain_table(InstructionSet set) {
#if defined(__x86_64__) || defined(_M_X64)
    switch (set) {
    case InstructionSet::avx512:
        return avx512_gain_table;
    case InstructionSet::avx2:
        return avx2_gain_table;
    default:
        return sse2_gain_table;
    }
#else
    static_cast<void>(set);
    return neon_gain_table;
#endif
}

} // namespace continuo::dsp::kernels
