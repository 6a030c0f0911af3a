#pragma once

#include "dsp/stack_parameters.h"
#include "models/training/data_set.h"
#include "models/training/worker_pool.h"

#include <vector>

namespace continuo {

/// ESR of all `recordings` together, played by the streaming core with the stack's rounded coefficients: what
/// a user of the model will hear. NaN where there are none. [main-thread] Allocates. The same bits for any
/// number of threads.
double streaming_esr(const dsp::StackParameters& stack, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool);

} // namespace continuo
