#pragma once

#include "models/command/bench_models.h"
#include "models/command/output.h"

#include <vector>

namespace continuo::command {

/// Measures how long a mono file takes to render on the GPU, transfers to it and back included, and prints a
/// row for each model. [main-thread] Throws JobFailed where there is no GPU.
///
/// \param rate     Hz; 0: what each model was trained at
/// \param minutes  length of the file
void bench_cuda(const std::vector<BenchModel>& models, double rate, double minutes,
                const OutputOptions& output);

} // namespace continuo::command
