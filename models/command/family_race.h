#pragma once

#include "models/training/gain_trainer.h"
#include "models/training/trainer.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace continuo::command {

/// How close each family came to the held-out audio in the same short time.
struct FamilyRace {
    struct Entry {
        std::string family;
        double esr;
    };
    std::vector<Entry> entries; ///< stack, gain, selective

    /// The entries, the closest first; a tie goes to the earlier.
    std::vector<Entry> ranking() const {
        std::vector<Entry> sorted = entries;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const Entry& a, const Entry& b) { return a.esr < b.esr; });
        return sorted;
    }
};

/// The part of a training's time that each family gets in a race.
inline constexpr double race_share = 1.0 / 12.0;

/// How many families race.
inline constexpr std::size_t raced_families = 3;

/// Trains a model of each family on the processor for `race_share` of the time that the options give, or,
/// where they count in steps, for a few steps each, so that the outcome is always the same. What is learned
/// is thrown away. [main-thread] Allocates; starts threads that end before it returns.
/// Throws BadInput where no audio is held out to race on or it is silent, and what train() and train_gain()
/// throw.
///
/// \param stack, gain, selective  as for the whole training
/// \param progress  called after every step with the place of the family that trains among the entries;
///                  false stops, and the race with it
FamilyRace race_families(const DataSet& data, TrainingOptions stack, GainTrainingOptions gain,
                         SelectiveTrainingOptions selective,
                         const std::function<bool(std::size_t place, const TrainingProgress&)>& progress);

} // namespace continuo::command
