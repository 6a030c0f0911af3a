#pragma once

#include "models/audio/audio_file.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace continuo {

/// Whether resample() converts between these rates: neither is more than 256 times the other, the limit of
/// libsamplerate. [any-thread] \param from, to  Hz, > 0
bool can_resample(double from, double to);

/// The same signal at another rate, without delay: output sample n stands at the time n / to, where input
/// sample k stands at k / from. Before and behind the input there is silence. A windowed sinc, linear phase,
/// 97 % of the band below half of the lower rate, aliases below −140 dB; the same rate gives the same bits.
///
/// [any-thread] Allocates. Throws std::invalid_argument where can_resample() says no, JobFailed where the
/// library fails.
/// \param from, to  Hz
/// \param frames    how many samples to return, of `to`
/// Source: J. O. Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/, as
/// libsamplerate has it (SRC_SINC_BEST_QUALITY; its figures: https://libsndfile.github.io/libsamplerate/).
std::vector<float> resample(std::span<const float> input, double from, double to, std::size_t frames);

/// Brings the audio to a rate, has `work` change it there in place, and brings it back: as many frames as
/// before, none of them late. Behind its end `work` gets a little silence, for the sound that resampling
/// spreads across the end. At the audio's own rate `work` gets the audio itself.
///
/// [any-thread] Allocates. Throws as resample() does, and what `work` throws; the audio is then unspecified.
/// \param rate  Hz
/// \param work  keeps the number of channels and of frames
void at_rate(Audio& audio, double rate, const std::function<void(Audio&)>& work);

} // namespace continuo
