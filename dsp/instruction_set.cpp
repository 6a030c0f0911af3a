#include "dsp/instruction_set.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#if defined(_MSC_VER) && defined(_M_X64)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace continuo::dsp {
namespace {

constexpr std::array<std::pair<InstructionSet, std::string_view>, 4> names{
    {{InstructionSet::sse2, "sse2"},
     {InstructionSet::avx2, "avx2"},
     {InstructionSet::avx512, "avx512"},
     {InstructionSet::neon, "neon"}}};

#if defined(_MSC_VER) && defined(_M_X64)
/// The processor's word (CPUID leaves 1 and 7) and the operating system's, which must save the wider
/// registers (XGETBV).
bool processor_runs(InstructionSet set) {
    int leaf1[4], leaf7[4];
    __cpuid(leaf1, 1);
    __cpuidex(leaf7, 7, 0);
    const bool saves_registers = (leaf1[2] >> 27) & 1;
    const unsigned long long saved = saves_registers ? _xgetbv(0) : 0;
    const bool avx2 = ((leaf7[1] >> 5) & 1) && ((leaf1[2] >> 12) & 1) && (saved & 0x06) == 0x06;
    const unsigned wanted512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31; // F, DQ, CD, BW, VL
    switch (set) {
    case InstructionSet::sse2:
        return true;
    case InstructionSet::avx2:
        return avx2;
    case InstructionSet::avx512:
        return avx2 && (unsigned(leaf7[1]) & wanted512) == wanted512 && (saved & 0xe6) == 0xe6;
    case InstructionSet::neon:
        return false;
    }
    return false;
}
#elif defined(__x86_64__)
/// The compiler's run-time library asks the processor, and the operating system whether it saves the wider
/// registers.
bool processor_runs(InstructionSet set) {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    switch (set) {
    case InstructionSet::sse2:
        return true;
    case InstructionSet::avx2:
        return avx2;
    case InstructionSet::avx512:
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl");
    case InstructionSet::neon:
        return false;
    }
    return false;
}
#elif defined(__aarch64__) || defined(_M_ARM64)
bool processor_runs(InstructionSet set) {
    return set == InstructionSet::neon;
}
#else
#error "There are kernels for x86-64 and AArch64 only"
#endif

InstructionSet choose_default() {
    const std::vector<InstructionSet> available = available_instruction_sets();
    if (const char* forced = std::getenv("CONTINUO_ISA"))
        if (const auto set = instruction_set_from_name(forced))
            for (const InstructionSet candidate : available)
                if (candidate == *set)
                    return candidate;
    return available.back();
}

} // namespace

std::string_view name(InstructionSet set) {
    for (const auto& [candidate, text] : names)
        if (candidate == set)
            return text;
    return "unknown";
}

std::optional<InstructionSet> instruction_set_from_name(std::string_view text) {
    for (const auto& [set, candidate] : names)
        if (candidate == text)
            return set;
    return std::nullopt;
}

std::vector<InstructionSet> available_instruction_sets() {
    std::vector<InstructionSet> available;
    for (const auto& [set, text] : names)
        if (processor_runs(set))
            available.push_back(set);
    return available;
}

void expect_available(InstructionSet set) {
    const std::vector<InstructionSet> available = available_instruction_sets();
    if (std::find(available.begin(), available.end(), set) == available.end())
        throw std::invalid_argument("this processor does not run the instruction set " +
                                    std::string(name(set)));
}

InstructionSet default_instruction_set() {
    static const InstructionSet chosen = choose_default();
    return chosen;
}

} // namespace continuo::dsp
