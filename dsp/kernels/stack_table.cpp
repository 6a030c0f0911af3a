#include "dsp/kernels/stack_kernel.h"

namespace continuo::dsp::kernels {

const Table& table(InstructionSet set) {
#if defined(__x86_64__) || defined(_M_X64)
    switch (set) {
    case InstructionSet::avx512:
        return avx512_table;
    case InstructionSet::avx2:
        return avx2_table;
    default:
        return sse2_table;
    }
#else
    static_cast<void>(set);
    return neon_table;
#endif
}

} // namespace continuo::dsp::kernels
