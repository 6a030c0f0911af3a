#include "models/command/family_race.h"

#include "models/common/errors.h"

namespace continuo::command {

namespace {

// About as long as each other, and long enough to tell an amplifier from a compressor.
constexpr std::size_t stack_steps = 200, gain_steps = 8;

} // namespace

FamilyRace
race_families(const DataSet& data, TrainingOptions stack, GainTrainingOptions gain,
              const std::function<bool(const std::string& family, const TrainingProgress&)>& progress) {
    if (resolve_splits(data).validation.empty())
        throw BadInput("--family auto", "no audio is held out to compare the families by",
                       "mark a row of the table as validation, or name the family");
    if (stack.steps > 0) {
        stack.steps = stack_steps;
        gain.steps = gain_steps;
    } else {
        stack.minutes = gain.minutes = race_share * training_minutes(stack.minutes);
    }
    stack.checkpoint.clear(); // nothing to go on with
    bool stopped = false;
    const auto told = [&](const char* family) {
        return [&progress, &stopped, family](const TrainingProgress& at) {
            stopped = stopped || !progress(family, at);
            return !stopped;
        };
    };
    stack.progress = told("stack");
    gain.progress = told("gain");
    FamilyRace race{};
    race.stack_esr = train(data, stack).validation_esr;
    if (!stopped)
        race.gain_esr = train_gain(data, gain).validation_esr;
    return race;
}

} // namespace continuo::command
