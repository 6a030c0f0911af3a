#pragma once

#include "models/metrics/stft_frames.h"

#include <array>
#include <span>

namespace continuo {

/// In samples, as published, so the distance belongs to the rate of the recording.
inline constexpr std::array<StftResolution, 3> mr_stft_resolutions{
    {{512, 50, 240}, {1024, 120, 600}, {2048, 240, 1200}}};

/// The least power of a bin: what is below counts as this much.
inline constexpr double mr_stft_least_power = 1e-8;

/// The shortest signal in samples: a frame centred on either end reaches half a transform beyond it, which
/// only longer signals can mirror.
inline constexpr std::size_t mr_stft_least_length = mr_stft_resolutions.back().fft / 2 + 1;

/// Multi-resolution STFT distance: the mean over the resolutions of
///
///     ‖Y − Ŷ‖ / ‖Y‖ + mean |ln Y − ln Ŷ|        (spectral convergence + log magnitude)
///
/// with Y, Ŷ the magnitudes √max(re² + im², 1e-8) of target and output, ‖·‖ over all frames and bins, a
/// periodic Hann window in the middle of the FFT, and frames centred on multiples of the hop with the ends
/// mirrored. A recording shorter than 1025 frames counts as followed by silence up to there. 0 where there is
/// no frame. [any-thread] Allocates. Throws std::invalid_argument where the lengths differ. Source: Yamamoto,
/// Song, Kim 2020, "Parallel WaveGAN", eq. 3 to 6; details as in auraloss 0.4 (Steinmetz, Reiss 2020).
double mr_stft_distance(std::span<const float> target, std::span<const float> output);

} // namespace continuo
