#pragma once

#include "dsp/stack_parameters.h"
#include "models/training/data_set.h"
#include "models/training/worker_pool.h"

#include <vector>

namespace continuo {

/// ESR of all `recordings` of one setting of the knobs together, and of that the mean over the settings,
/// played by the streaming core with the stack's rounded coefficients: what a user of the model will hear. A
/// setting's power counts as at least least_setting_power. NaN where there are none, and where all are
/// silent. [main-thread] Allocates. The same bits for any number of threads.
double streaming_esr(const dsp::StackParameters& stack, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool);

} // namespace continuo
