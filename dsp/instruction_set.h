#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace continuo::dsp {

/// The instruction sets the kernels are compiled for.
enum class InstructionSet { sse2, avx2, avx512, neon };

/// "sse2", "avx2", "avx512", "neon".
/// [any-thread]
std::string_view name(InstructionSet set);

/// The reverse of name(); empty where there is no such set.
/// [any-thread]
std::optional<InstructionSet> instruction_set_from_name(std::string_view name);

/// What this program was built with and this processor runs, slowest first. Never empty.
/// [main-thread] Allocates.
std::vector<InstructionSet> available_instruction_sets();

/// Throws std::invalid_argument where available_instruction_sets() has no such set.
/// [main-thread] Allocates.
void expect_available(InstructionSet set);

/// The one used where nobody forces another: the fastest available, or what the environment variable
/// CONTINUO_ISA names. [any-thread]
InstructionSet default_instruction_set();

} // namespace continuo::dsp
