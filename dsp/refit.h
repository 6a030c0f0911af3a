#pragma once

#include "dsp/discretise.h"
#include "dsp/stack_parameters.h"

#include <vector>

namespace continuo::dsp {

/// The layers of a stack at another sample rate than the one it was trained at, so that it sounds the same.
///
/// The poles move exactly, λ' = exp(a T'). What a channel reads out of its modes is fitted anew: C' of every
/// mode and the weights of v at this sample and the five before it, by least squares to the response that
/// the channel has at its own rate, from 0 Hz to 20.5 kHz or as far as both rates reach; above that the
/// response is held down. With ISRU the target includes what its anti-aliasing, a filter whose response is
/// cos(π f T) with half a sample of delay for a small signal, does differently at the two rates. A pole above
/// .45 of the new rate comes down to there.
///
/// Towards higher rates the small-signal response stays within 0.1 dB up to 20 kHz. Towards lower ones, and
/// to rates within a tenth of the trained one, it does so up to some 16 kHz (docs/model.md has figures).
///
/// [main-thread] Allocates. A few tens of microseconds per channel and layer.
/// \param stack        valid
/// \param sample_rate  Hz, 1 kHz to 1 MHz
/// Source: linear least squares on sampled frequency responses (Levy 1959 with known poles).
std::vector<DiscreteModes> refit(const StackParameters& stack, double sample_rate);

} // namespace continuo::dsp
