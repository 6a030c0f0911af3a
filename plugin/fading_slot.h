// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dsp/realtime.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace continuo::plugin {

/// How much of the new sound there is at `position` in [0, 1] of a fade: 3p² − 2p³, without a corner at
/// either end. The rest, 1 − that, is of the old one: what fades in mostly sounds like what fades out.
/// [any-thread]
constexpr float fade_gain(float position) noexcept {
    return position * position * (3.0f - 2.0f * position);
}

/// A place in the signal path whose processor another thread may change while it plays.
///
/// A new processor waits in `incoming_` until the audio thread takes it, and fades in over 20 ms while the
/// old one fades out. Where the new one is late, the fade waits as long: what it has heard begins in the
/// middle of a sound, and has to arrive where there is nothing of it yet. What the audio thread no longer
/// needs is put on the list `retired_`, for the main thread to free. Neither side ever waits for the other.
/// An empty slot passes the audio as it is.
///
/// \tparam Processor  has `process(float* const* audio, std::size_t channels, std::size_t frames) noexcept`,
/// in place, and `latency()`, the samples by which its output is late, both for the audio thread
template <class Processor>
class FadingSlot {
  public:
    static constexpr double fade_seconds = 0.02;
    static constexpr std::size_t most_channels = 2;

    FadingSlot() = default;
    ~FadingSlot() { start(nullptr, 1.0); }
    FadingSlot(const FadingSlot&) = delete;
    FadingSlot& operator=(const FadingSlot&) = delete;

    /// Replaces everything at once, with no fade. The audio thread must not be in process().
    /// [main-thread] Frees. \param next  empty: the audio passes. \param rate  Hz
    void start(std::unique_ptr<Processor> next, double rate) {
        delete incoming_.exchange(nullptr);
        delete std::exchange(leaving_, nullptr);
        delete std::exchange(current_, new Entry{std::move(next)});
        free_retired();
        fade_length_ = std::max<std::size_t>(1, std::size_t(fade_seconds * rate));
        fading_ = false;
        played_ = false;
    }

    /// Hands over a processor to fade to. One that was handed over before and not yet taken is freed.
    /// [main-thread] Frees. \param next  empty: fade to the audio as it is
    void change(std::unique_ptr<Processor> next) {
        free_retired();
        delete incoming_.exchange(new Entry{std::move(next)}, std::memory_order_acq_rel);
    }

    /// Frees what the audio thread has put aside. [main-thread]
    void free_retired() {
        for (Entry* entry = retired_.exchange(nullptr, std::memory_order_acquire); entry != nullptr;)
            delete std::exchange(entry, entry->next);
    }

    /// True until the audio thread plays what was handed over last, and that alone. [any-thread]
    bool changing() const noexcept {
        return incoming_.load(std::memory_order_acquire) != nullptr ||
               fading_.load(std::memory_order_relaxed);
    }

    /// What plays, and what fades out, while there is something. [audio-thread]
    template <class Function>
    void for_each(Function function) noexcept {
        for (Entry* entry : {current_, leaving_})
            if (entry != nullptr && entry->processor != nullptr)
                function(*entry->processor);
    }

    /// Takes what was handed over, if anything was. Before the first sample after start() there is nothing to
    /// fade from, so it plays at once: some hosts restore a project between start and sound. [audio-thread]
    /// Call it before process(). \return it, before its first sample; or nullptr
    Processor* take() noexcept CONTINUO_REALTIME {
        if (fading_.load(std::memory_order_relaxed)) // a third one waits
            return nullptr;
        if (incoming_.load(std::memory_order_relaxed) == nullptr)
            return nullptr;
        // The other thread may put a newer one there until the exchange, but does not empty it. Released by
        // the exchange, so that changing() never sees that nothing waits before it sees that something fades.
        fading_.store(played_, std::memory_order_relaxed);
        Entry* next = incoming_.exchange(nullptr, std::memory_order_acq_rel);
        leaving_ = std::exchange(current_, next);
        faded_ = 0;
        wait_ = next->processor != nullptr ? next->processor->latency() : 0;
        if (!played_)
            retire(std::exchange(leaving_, nullptr));
        return next->processor.get();
    }

    /// Plays `frames` samples in place, any number of them.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing (as far as the processor does not).
    /// \param audio  `channels` × `frames`, full scale ±1. \param channels  1 to most_channels
    void process(float* const* audio, std::size_t channels, std::size_t frames) noexcept CONTINUO_REALTIME {
        played_ = played_ || frames > 0;
        std::array<float*, most_channels> rest{};
        std::copy_n(audio, channels, rest.begin());
        while (frames > 0) {
            const bool fades = fading_.load(std::memory_order_relaxed);
            const std::size_t count =
                fades ? std::min({frames, piece, wait_ + fade_length_ - faded_}) : frames;
            if (fades)
                fade(rest.data(), channels, count);
            else
                play(current_, rest.data(), channels, count);
            for (std::size_t channel = 0; channel < channels; ++channel)
                rest[channel] += count;
            frames -= count;
        }
    }

  private:
    struct Entry {
        std::unique_ptr<Processor> processor; // may be empty: the audio passes
        Entry* next = nullptr;                // of the retired ones
    };

    // Samples for which the sound that fades out is kept at a time.
    static constexpr std::size_t piece = 256;

    static void play(Entry* entry, float* const* audio, std::size_t channels,
                     std::size_t frames) noexcept CONTINUO_REALTIME {
        if (entry != nullptr && entry->processor != nullptr)
            entry->processor->process(audio, channels, frames);
    }

    void fade(float* const* audio, std::size_t channels, std::size_t frames) noexcept CONTINUO_REALTIME {
        std::array<float*, most_channels> old{};
        for (std::size_t channel = 0; channel < channels; ++channel) {
            old[channel] = old_[channel].data();
            std::copy_n(audio[channel], frames, old[channel]);
        }
        play(leaving_, old.data(), channels, frames);
        play(current_, audio, channels, frames);
        for (std::size_t i = 0; i < frames; ++i) {
            const std::size_t time = faded_ + i + 1;
            const float gain = time > wait_ ? fade_gain(float(time - wait_) / float(fade_length_)) : 0.0f;
            for (std::size_t channel = 0; channel < channels; ++channel)
                audio[channel][i] = old[channel][i] + gain * (audio[channel][i] - old[channel][i]);
        }
        faded_ += frames;
        if (faded_ == wait_ + fade_length_) {
            retire(std::exchange(leaving_, nullptr));
            fading_.store(false, std::memory_order_relaxed);
        }
    }

    // The other side only ever takes the whole list, so the second try, if one is needed, succeeds.
    void retire(Entry* entry) noexcept CONTINUO_REALTIME {
        if (entry == nullptr)
            return;
        entry->next = retired_.load(std::memory_order_relaxed);
        while (!retired_.compare_exchange_weak(entry->next, entry, std::memory_order_release,
                                               std::memory_order_relaxed)) {
        }
    }

    std::atomic<Entry*> incoming_{nullptr}, retired_{nullptr};
    std::atomic<bool> fading_{false};
    Entry *current_ = nullptr, *leaving_ = nullptr;      // the audio thread's, once it runs
    std::size_t fade_length_ = 1, faded_ = 0, wait_ = 0; // samples; faded_ counts the wait as well
    bool played_ = false;                                // since start()
    std::array<std::array<float, piece>, most_channels> old_{};
};

} // namespace continuo::plugin
