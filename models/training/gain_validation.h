#pragma once

#include "dsp/gain/gain_parameters.h"
#include "models/training/data_set.h"
#include "models/training/worker_pool.h"

#include <vector>

namespace continuo {

/// ESR of all `recordings` together, played by the streaming core with the model's rounded values, each from
/// the first sample of its source on: what a gain does depends on seconds of the past. NaN where there are
/// none. [main-thread] Allocates. The same bits for any number of threads.
double streaming_esr(const dsp::GainParameters& gain, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool);

} // namespace continuo
