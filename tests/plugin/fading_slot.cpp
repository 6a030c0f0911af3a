#include "plugin/fading_slot.h"

#include "tests/catch.h"

#include <atomic>
#include <thread>
#include <vector>

namespace continuo::plugin {

namespace {

std::atomic<int> alive{0};

// Adds a constant.
struct Constant {
    explicit Constant(float what) : value(what) { ++alive; }
    ~Constant() { --alive; }
    void process(float* const* audio, std::size_t channels, std::size_t frames) noexcept {
        for (std::size_t channel = 0; channel < channels; ++channel)
            for (std::size_t i = 0; i < frames; ++i)
                audio[channel][i] += value;
    }
    std::size_t latency() const noexcept { return late; }
    float value;
    std::size_t late = 0;
};

std::vector<float> run(FadingSlot<Constant>& slot, std::size_t frames) {
    std::vector<float> audio(frames, 0.0f);
    float* pointer = audio.data();
    slot.take();
    slot.process(&pointer, 1, frames);
    return audio;
}

} // namespace

TEST_CASE("An empty slot passes the audio as it is", "[plugin]") {
    FadingSlot<Constant> slot;
    slot.start(nullptr, 48000.0);
    CHECK(run(slot, 100) == std::vector<float>(100, 0.0f));
}

TEST_CASE("A slot fades to what it is given in 20 ms without a step, and frees what played before",
          "[plugin]") {
    {
        FadingSlot<Constant> slot;
        slot.start(std::make_unique<Constant>(1.0f), 48000.0);
        CHECK(run(slot, 10) == std::vector<float>(10, 1.0f));
        slot.change(std::make_unique<Constant>(3.0f));
        CHECK(slot.changing());
        const std::vector<float> fade = run(slot, 1000);
        CHECK(fade[0] == Approx(1.0f).margin(1e-4));
        CHECK(fade[479] == Approx(2.0f).margin(0.01));
        CHECK(fade[958] < 3.0f);
        CHECK(fade[959] == 3.0f); // 20 ms at 48 kHz
        for (std::size_t i = 1; i < fade.size(); ++i)
            REQUIRE(fade[i] - fade[i - 1] <= 2.0f * 1.6f / 960.0f);
        CHECK_FALSE(slot.changing());
        CHECK(alive == 2);
        slot.free_retired();
        CHECK(alive == 1);
        slot.change(nullptr);
        CHECK(run(slot, 1000).back() == 0.0f);
    }
    CHECK(alive == 0);
}

TEST_CASE("The fade to what is late waits until it has arrived", "[plugin]") {
    FadingSlot<Constant> slot;
    slot.start(std::make_unique<Constant>(1.0f), 48000.0);
    run(slot, 10);
    auto late = std::make_unique<Constant>(3.0f);
    late->late = 100;
    slot.change(std::move(late));
    const std::vector<float> fade = run(slot, 1100);
    CHECK(std::vector<float>(fade.begin(), fade.begin() + 100) == std::vector<float>(100, 1.0f));
    CHECK(fade[100 + 479] == Approx(2.0f).margin(0.01));
    CHECK(fade[100 + 958] < 3.0f);
    CHECK(fade[100 + 959] == 3.0f);
    CHECK_FALSE(slot.changing());
}

TEST_CASE("Of several changes during a fade, the last one plays in the end", "[plugin]") {
    FadingSlot<Constant> slot;
    slot.start(nullptr, 48000.0);
    for (int i = 1; i <= 5; ++i) {
        slot.change(std::make_unique<Constant>(float(i)));
        run(slot, 100);
    }
    CHECK(alive <= 3);
    run(slot, 960);
    CHECK(run(slot, 960).back() == 5.0f);
}

TEST_CASE("A slot is changed on one thread while it plays on another", "[plugin]") {
    {
        FadingSlot<Constant> slot;
        slot.start(std::make_unique<Constant>(0.0f), 48000.0);
        std::atomic<bool> stop{false};
        std::thread audio([&] {
            while (!stop)
                for (const float value : run(slot, 64))
                    if (!(value >= 0.0f && value <= 1.0f))
                        std::abort();
        });
        for (int i = 0; i < 20000; ++i)
            slot.change(std::make_unique<Constant>(float(i % 2)));
        slot.change(std::make_unique<Constant>(0.5f));
        while (slot.changing())
            std::this_thread::yield();
        stop = true;
        audio.join();
        CHECK(run(slot, 1).front() == 0.5f);
        slot.free_retired();
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
}

} // namespace continuo::plugin
