#pragma once

#include "dsp/oversampling/all_pass_half_band.h"
#include "dsp/oversampling/linear_phase_half_band.h"
#include "dsp/realtime.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// minimum_phase: a few samples of latency, the phase turns towards the end of the pass-band; for playing.
/// linear_phase: a pure delay of whole samples; for rendering, which can take it off again.
enum class OversamplingKind { minimum_phase, linear_phase };

/// Runs one audio channel at 2, 4 or 8 times the rate of the host: a cascade of half-band filters up, what is
/// inside, and the same filters down. Flat to 20 kHz at 44.1 kHz and to the same fraction of other rates.
///
/// | kind | attenuation | ripple, up and down | latency at 2, 4, 8 times | delay at low frequencies |
/// |---|---|---|---|---|
/// | minimum_phase | 100 dB | 1e-6 dB | 3, 4, 5 | 3.18, 4.29, 4.87 |
/// | linear_phase | 120 dB | 1e-4 dB | 87, 96, 99 | the same |
///
/// The gain at DC is 1. The bits of the output do not depend on how the audio is cut. Samples that are not
/// finite, on the way up or down, count as silence, and ones beyond ±1000 are clamped (dsp/input_guard.h), so
/// that nothing can leave a filter's state poisoned. A factor of 1 has neither filters nor latency.
///
/// One object belongs to one thread at a time.
class Oversampler {
  public:
    static constexpr std::size_t maximum_factor = 8;

    /// At rest at zero.
    /// [main-thread] Allocates. Throws std::invalid_argument where the factor is not 1, 2, 4 or 8.
    Oversampler(std::size_t factor, OversamplingKind kind);

    /// [any-thread] Allocates nothing.
    std::size_t factor() const noexcept CONTINUO_REALTIME { return factor_; }

    /// The delay of the way up and down in samples of the host, for a host's delay compensation. Exact for
    /// linear phase. For minimum phase it is delay() rounded: a host compensates by whole samples.
    /// [any-thread] Allocates nothing.
    std::size_t latency() const noexcept CONTINUO_REALTIME { return latency_; }

    /// The group delay of the way up and down at low frequencies, in samples of the host.
    /// [any-thread] Allocates nothing.
    double delay() const noexcept CONTINUO_REALTIME { return delay_; }

    /// The state that endless silence has led to: nothing but `input` came in, nothing but `inside` came from
    /// what runs at the higher rate. The output then rests at `inside` from the first sample on.
    /// [audio-thread] Allocates nothing.
    void reset(float input, float inside) noexcept CONTINUO_REALTIME;

    /// The next `frames` samples of the host at the higher rate. `input` and `output` are apart.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing. Flush-to-zero is on during the call
    /// and restored.
    /// \param output  factor() · frames samples
    void up(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME;

    /// Back to the rate of the host.
    ///
    /// [audio-thread] As up().
    /// \param samples  factor() · frames samples, overwritten; `output` may be its beginning
    void down(float* samples, float* output, std::size_t frames) noexcept CONTINUO_REALTIME;

    /// Runs `inside` at the higher rate. In place is allowed.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing, if `inside` does not.
    /// \param inside  called as inside(float* samples, std::size_t count), in place, for up to 64 samples of
    ///                the host at a time
    template <class Inside>
    void process(const float* input, float* output, std::size_t frames,
                 const Inside& inside) noexcept CONTINUO_REALTIME {
        const ScopedFlushToZero flush_to_zero;
        float samples[block * maximum_factor];
        while (frames > 0) {
            const std::size_t count = std::min(frames, block);
            up(input, samples, count);
            inside(samples, count * factor_);
            down(samples, output, count);
            input += count;
            output += count;
            frames -= count;
        }
    }

  private:
    static constexpr std::size_t block = 64;

    std::size_t factor_, latency_ = 0;
    double delay_ = 0.0;
    // From the host's rate upwards; those of the other kind are empty.
    std::vector<AllPassHalfBand> minimum_phase_;
    std::vector<LinearPhaseHalfBand> linear_phase_;
};

} // namespace continuo::dsp
