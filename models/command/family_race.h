#pragma once

#include "models/training/gain_trainer.h"
#include "models/training/trainer.h"

#include <functional>
#include <string>

namespace continuo::command {

/// How close each family came to the held-out audio in the same short time.
struct FamilyRace {
    double stack_esr, gain_esr;

    bool gain_wins() const { return gain_esr < stack_esr; }
};

/// The part of a training's time that each family gets in a race.
inline constexpr double race_share = 1.0 / 12.0;

/// Trains a model of each family on the processor for `race_share` of the time that the options give, or,
/// where they count in steps, for a few steps each, so that the outcome is always the same. What is learned
/// is thrown away. [main-thread] Allocates; starts threads that end before it returns.
/// Throws BadInput where no audio is held out to race on, and what train() and train_gain() throw.
/// \param stack, gain  as for the whole training
/// \param progress     called after every step with the family that trains; false stops, and the race with it
FamilyRace
race_families(const DataSet& data, TrainingOptions stack, GainTrainingOptions gain,
              const std::function<bool(const std::string& family, const TrainingProgress&)>& progress);

} // namespace continuo::command
