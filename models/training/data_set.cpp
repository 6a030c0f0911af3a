#include "models/training/data_set.h"

#include "models/common/errors.h"

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

constexpr double validation_share = 0.1;
constexpr double validation_warm_up_seconds = 0.5;

void check(const Recording& recording, const DataSet& data) {
    if (recording.dry.size() != recording.wet.size())
        throw BadInput(recording.name, "dry and wet differ in length", "cut both to the same audio");
    if (double(recording.dry.size()) < shortest_recording_seconds * data.sample_rate)
        throw BadInput(recording.name, "the recording is shorter than 0.1 s", "record at least 10 s");
    if (recording.knobs.size() != data.knob_names.size())
        throw BadInput(recording.name, "it does not have one value for each knob", "give every knob a value");
    const auto finite = [](float value) { return std::isfinite(value); };
    if (!std::all_of(recording.dry.begin(), recording.dry.end(), finite) ||
        !std::all_of(recording.wet.begin(), recording.wet.end(), finite))
        throw BadInput(recording.name, "a sample is not a finite number", "record or convert it again");
}

} // namespace

ResolvedDataSet resolve_splits(const DataSet& data) {
    ResolvedDataSet resolved;
    for (const Recording& recording : data.recordings) {
        check(recording, data);
        const std::size_t frames = recording.dry.size();
        const ResolvedRecording whole{&recording, 0, frames, 0};
        switch (recording.split) {
        case Split::train:
            resolved.training.push_back(whole);
            break;
        case Split::validation:
            resolved.validation.push_back(whole);
            break;
        case Split::test:
            resolved.test.push_back(whole);
            break;
        case Split::unspecified: {
            const std::size_t cut = frames - std::size_t(validation_share * double(frames));
            const std::size_t warm_up =
                std::min(cut, std::size_t(validation_warm_up_seconds * data.sample_rate));
            resolved.training.push_back({&recording, 0, cut, 0});
            resolved.validation.push_back({&recording, cut, frames, warm_up});
            break;
        }
        }
    }
    if (resolved.training.empty())
        throw BadInput("training data", "no recording is there to train on",
                       "mark at least one as train, or leave its split empty");
    return resolved;
}

} // namespace continuo
