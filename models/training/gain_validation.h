#pragma once

#include "models/training/data_set.h"
#include "models/training/worker_pool.h"

#include <vector>

namespace continuo {

/// ESR of all `recordings` together, played by the streaming core with the model's rounded values, each from
/// the first sample of its source on: what a gain does depends on seconds of the past. NaN where there are
/// none. `Parameters` of the families gain and selective. [main-thread] Allocates. The same bits for any
/// number of threads.
template <typename Parameters>
double streaming_esr(const Parameters& model, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool);

} // namespace continuo
