// Compiled with ThreadSanitizer, which ends the program with an error where two threads use the same memory
// and nothing orders them. The threads here share nothing but the slot, so that nothing else orders them
// either.
#include "plugin/fading_slot.h"

#include "tests/catch.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#if !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#error "This test proves nothing without ThreadSanitizer"
#elif !__has_feature(thread_sanitizer)
#error "This test proves nothing without ThreadSanitizer"
#endif
#endif

namespace continuo::plugin {

namespace {

constexpr double rate = 3200.0; // a fade is 64 samples
constexpr std::size_t block = 48;

int alive = 0; // the main thread's, which loads and frees

// As a model does, it keeps memory of its own, which the main thread fills, the audio thread reads and
// writes, and the main thread frees. Its sound is a constant.
class Device {
  public:
    explicit Device(float value) : memory_(16, value) { ++alive; }
    ~Device() { --alive; }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    static constexpr std::size_t latency() noexcept { return 0; }
    void process(float* const* audio, std::size_t channels, std::size_t frames) noexcept {
        for (std::size_t channel = 0; channel < channels; ++channel)
            for (std::size_t i = 0; i < frames; ++i) {
                float& state = memory_[(at_ + i) % memory_.size()];
                audio[channel][i] = state;
                state = audio[channel][i];
            }
        at_ += frames;
    }

  private:
    std::vector<float> memory_;
    std::size_t at_ = 0;
};

// An audio thread that plays the slot until the end of its scope.
class Playing {
  public:
    explicit Playing(FadingSlot<Device>& slot) : slot_(slot) {}
    ~Playing() {
        stop_.store(true, std::memory_order_relaxed);
        thread_.join();
    }

  private:
    void play() {
        while (!stop_.load(std::memory_order_relaxed)) {
            std::array<float, block> audio{};
            float* pointer = audio.data();
            slot_.take();
            slot_.process(&pointer, 1, block);
            std::this_thread::yield();
        }
    }

    FadingSlot<Device>& slot_;
    std::atomic<bool> stop_{false}; // relaxed: it must not order what the slot leaves unordered
    std::thread thread_{[this] { play(); }};
};

float next_sample(FadingSlot<Device>& slot) {
    float sample = 0.0f, *pointer = &sample;
    slot.take();
    slot.process(&pointer, 1, 1);
    return sample;
}

} // namespace

TEST_CASE(
    "Models are loaded and freed on one thread while another plays, and nothing is used by both at once",
    "[plugin]") {
    {
        FadingSlot<Device> slot;
        slot.start(std::make_unique<Device>(0.0f), rate);
        {
            const Playing playing(slot);
            for (int turn = 0; turn < 3000; ++turn) {
                slot.change(turn % 5 == 0 ? nullptr : std::make_unique<Device>(float(turn)));
                if (turn % 2 ==
                    0) // else the next one may replace it before it is taken, or wait during its fade
                    while (slot.changing())
                        std::this_thread::yield();
                slot.free_retired();
                REQUIRE(alive <= 3); // one waits, one plays, one fades out
            }
        }
    }
    CHECK(alive == 0);
}

TEST_CASE("A change is over when the new model alone is heard, never before", "[plugin]") {
    FadingSlot<Device> slot;
    for (int turn = 1; turn <= 300; ++turn) {
        slot.start(std::make_unique<Device>(0.0f), rate);
        {
            const Playing playing(slot);
            slot.change(std::make_unique<Device>(float(turn)));
            while (slot.changing())
                std::this_thread::yield();
        }
        REQUIRE(next_sample(slot) == float(turn));
    }
}

} // namespace continuo::plugin
