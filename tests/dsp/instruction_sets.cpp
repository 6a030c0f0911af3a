#include "tests/dsp/stacks.h"

#include "dsp/gain/streaming_gain.h"
#include "tests/catch.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

using namespace continuo::dsp;

TEST_CASE("instruction sets have names that lead back") {
    for (const InstructionSet set :
         {InstructionSet::sse2, InstructionSet::avx2, InstructionSet::avx512, InstructionSet::neon})
        CHECK(instruction_set_from_name(name(set)) == set);
    CHECK_FALSE(instruction_set_from_name("AVX2"));
    CHECK_FALSE(instruction_set_from_name(""));
}

TEST_CASE("the processor runs at least one instruction set, and the others are refused") {
    const std::vector<InstructionSet> available = available_instruction_sets();
    REQUIRE_FALSE(available.empty());
    CHECK(std::is_sorted(available.begin(), available.end()));
    CHECK(std::find(available.begin(), available.end(), default_instruction_set()) != available.end());
    const auto runs_or_is_refused = [&](auto make) {
        for (const InstructionSet set :
             {InstructionSet::sse2, InstructionSet::avx2, InstructionSet::avx512, InstructionSet::neon}) {
            if (std::find(available.begin(), available.end(), set) == available.end())
                CHECK_THROWS_AS(make(set), std::invalid_argument);
            else
                CHECK(make(set).instruction_set() == set);
        }
    };
    const StackParameters stack = random_stack({1, 2, 2, 0}, 48000.0, 1);
    runs_or_is_refused([&](InstructionSet set) { return StreamingStack(stack, 48000.0, set); });
    const GainParameters gain = make_gain({1, 1, 1, 1, 0}, 48000.0);
    runs_or_is_refused([&](InstructionSet set) { return StreamingGain(gain, 48000.0, set); });
    const SelectiveParameters selective = make_selective({1, 1, 1, 1, 1, 0}, 48000.0);
    runs_or_is_refused([&](InstructionSet set) { return StreamingSelective(selective, 48000.0, set); });
}

TEST_CASE("the environment variable CONTINUO_ISA chooses", "[forced]") {
    const std::vector<InstructionSet> available = available_instruction_sets();
    const char* forced = std::getenv("CONTINUO_ISA");
    const auto wanted = forced != nullptr ? instruction_set_from_name(forced) : std::nullopt;
    if (wanted && std::find(available.begin(), available.end(), *wanted) != available.end())
        CHECK(default_instruction_set() == *wanted);
    else
        CHECK(default_instruction_set() == available.back());
}
