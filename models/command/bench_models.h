#pragma once

#include "models/format/model.h"

#include <cstddef>
#include <string>
#include <vector>

namespace continuo::command {

/// A model to take the time of.
struct BenchModel {
    std::string tier;
    Model model;
};

/// What bench measures: the model in a file, or stacks of the size of one tier or of all.
/// [main-thread] Allocates. Throws BadInput. \param model, tier  empty where not given
std::vector<BenchModel> bench_models(const std::string& model, const std::string& tier);

/// What it plays through them: noise, always the same. [main-thread] Allocates.
std::vector<float> bench_signal(std::size_t frames);

} // namespace continuo::command
