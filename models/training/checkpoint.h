#pragma once

#include "models/training/adam.h"
#include "models/training/trainer.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace continuo {

/// All that a training needs to go on as if nothing had happened.
struct TrainingState {
    std::size_t cycle = 0;      ///< index of the cycle at work
    std::size_t step = 0;       ///< of the whole training
    std::size_t cycle_step = 0; ///< of this cycle
    double seconds = 0.0;       ///< of the whole training
    std::uint64_t random = 0;
    double running_loss = 0.0;   ///< exponential mean of the training loss
    double weight_decay = 0.0;   ///< of this cycle
    std::vector<double> learned; ///< ParameterLayout order
    Adam adam{0};
    std::vector<double> quasi_newton; ///< QuasiNewton::pack()
    std::vector<double> best;         ///< learned values with the best score
    double best_score = 0.0;          ///< validation ESR, or the training loss where nothing is held out
    std::vector<CurvePoint> curve;
};

/// Writes beside `path`, then renames. `fingerprint` says which training this is.
/// [main-thread] Throws JobFailed.
void write_checkpoint(const TrainingState& state, const std::string& fingerprint,
                      const std::filesystem::path& path);

/// [main-thread] Throws BadInput where the file is missing, broken, or of another training.
TrainingState read_checkpoint(const std::filesystem::path& path, const std::string& fingerprint);

} // namespace continuo
