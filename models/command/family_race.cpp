#include "models/command/family_race.h"

#include "models/common/errors.h"

#include <cmath>
#include <utility>

namespace continuo::command {

namespace {

// About as long as each other, and long enough to tell an amplifier from a compressor.
constexpr std::size_t stack_steps = 200, gain_steps = 8;

} // namespace

FamilyRace race_families(const DataSet& data, TrainingOptions stack, GainTrainingOptions gain,
                         SelectiveTrainingOptions selective,
                         const std::function<bool(std::size_t place, const TrainingProgress&)>& progress) {
    if (resolve_splits(data).validation.empty())
        throw BadInput("--family auto", "no audio is held out to compare the families by",
                       "mark a row of the table as validation, or name the family");
    stack.checkpoint.clear(); // nothing to go on with
    FamilyRace race;
    bool stopped = false;
    const auto run = [&](const char* family, auto options, std::size_t steps, const auto& train_family) {
        if (options.steps > 0)
            options.steps = steps;
        else
            options.minutes = race_share * training_minutes(options.minutes);
        options.progress = [&, place = race.entries.size()](const TrainingProgress& at) {
            stopped = stopped || !progress(place, at);
            return !stopped;
        };
        if (!stopped)
            race.entries.push_back({family, train_family(data, options).validation_esr});
    };
    run("stack", std::move(stack), stack_steps,
        [](const DataSet& of, const TrainingOptions& with) { return train(of, with); });
    const auto train_with_gain = [](const DataSet& of, const auto& with) { return train_gain(of, with); };
    run("gain", std::move(gain), gain_steps, train_with_gain);
    run("selective", std::move(selective), gain_steps, train_with_gain);
    for (const FamilyRace::Entry& entry : race.entries)
        if (!stopped && !std::isfinite(entry.esr))
            throw BadInput("--family auto", "the audio that is held out to compare the families by is silent",
                           "mark another row of the table as validation, or name the family");
    return race;
}

} // namespace continuo::command
