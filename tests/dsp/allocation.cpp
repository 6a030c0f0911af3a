#include "dsp/oversampling/oversampled_stack.h"

#include "tests/dsp/gains.h"
#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
    ++allocations;
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded > 0 ? rounded : alignment);
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}
} // namespace

// Replaced for the whole test program, so that no allocation goes unseen.
void* operator new(std::size_t size) {
    return counted(size, alignof(std::max_align_t));
}
void* operator new[](std::size_t size) {
    return counted(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, std::size_t(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return counted(size, std::size_t(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    try {
        return operator new(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return operator new(size, std::nothrow);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

using namespace continuo::dsp;

namespace {

/// How often memory is asked for in everything that the audio thread may call.
template <class Stack>
std::size_t allocations_of_audio_calls(Stack& stack, std::size_t knobs) {
    std::vector<float> audio = test_signal(4000, 1);
    const std::vector<float> low(knobs, 0.1f), high(knobs, 0.9f);
    const std::size_t before = allocations;
    stack.reset(low);
    stack.process(audio.data(), audio.data(), 500);
    stack.set_knobs(high);
    for (std::size_t i = 500; i < 600; ++i)
        audio[i] = stack.step(audio[i]);
    stack.process(audio.data() + 600, audio.data() + 600, audio.size() - 600);
    return allocations - before;
}

} // namespace

TEST_CASE("the audio thread's calls allocate nothing") {
    const StackShape shape{2, 8, 4, 2};
    const StackParameters parameters = random_stack(shape, 48000.0, 3);
    for (const InstructionSet set : available_instruction_sets()) {
        const std::size_t before_constructor = allocations;
        StreamingStack stack(parameters, 48000.0, set);
        REQUIRE(allocations > before_constructor); // the counter counts

        CHECK(allocations_of_audio_calls(stack, shape.knobs) == 0);
    }
}

TEST_CASE("the audio thread's calls allocate nothing at any quality") {
    const StackParameters parameters = random_stack({2, 8, 4, 2}, 48000.0, 3);
    for (const QualityDescription& description : qualities) {
        OversampledStack stack(parameters, 48000.0, description.quality);
        INFO(description.name);
        CHECK(allocations_of_audio_calls(stack, 2) == 0);
    }
}

TEST_CASE("the audio thread's calls of models that compute a gain allocate nothing") {
    for (const InstructionSet set : available_instruction_sets()) {
        StreamingGain gain(plain_compressor(48000.0), 48000.0, set);
        CHECK(allocations_of_audio_calls(gain, 1) == 0);
        StreamingSelective selective(make_selective({4, 3, 5, 5, 3, 1}, 48000.0), 48000.0, set);
        CHECK(allocations_of_audio_calls(selective, 1) == 0);
    }
}
