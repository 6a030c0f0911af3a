#include "models/training/data_set.h"

#include "models/common/errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace continuo {

namespace {

constexpr std::size_t parts = 10;
constexpr double most_warm_up_seconds = 0.5;

// What was played before a recording began is unknown, and what of it still sounds is nothing that a model
// could learn: it would learn it by heart. A recording that has the time to spare is scored from here on.
constexpr double unknown_start_seconds = 0.1, long_recording_seconds = 2.0;

// Recordings often end in silence, which says nothing about a model, and begin with it.
std::pair<std::size_t, std::size_t> median_tenth(const std::vector<float>& wet) {
    std::array<std::pair<double, std::size_t>, parts> energies;
    const auto edge = [&wet](std::size_t part) { return wet.size() * part / parts; };
    for (std::size_t part = 0; part < parts; ++part) {
        energies[part] = {0.0, part};
        for (std::size_t i = edge(part); i < edge(part + 1); ++i)
            energies[part].first += double(wet[i]) * wet[i];
    }
    std::nth_element(energies.begin(), energies.begin() + parts / 2, energies.end());
    const std::size_t part = energies[parts / 2].second;
    return {edge(part), edge(part + 1)};
}

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
        const auto samples = [&data](double seconds) { return std::size_t(seconds * data.sample_rate); };
        const std::size_t known =
            frames < samples(long_recording_seconds) ? 0 : samples(unknown_start_seconds);
        const auto stretch = [&](std::size_t begin, std::size_t end) {
            begin = std::max(begin, known);
            return ResolvedRecording{&recording, begin, end, std::min(begin, samples(most_warm_up_seconds))};
        };
        const ResolvedRecording whole = stretch(0, frames);
        switch (recording.split) {
        case Split::train:
            resolved.training.push_back(whole);
            break;
        case Split::validation:
            resolved.validation.push_back(whole);
            break;
        case Split::test:
            resolved.test.push_back({&recording, 0, frames, 0});
            break;
        case Split::unspecified: {
            const auto [begin, end] = median_tenth(recording.wet);
            const std::size_t shortest = samples(shortest_recording_seconds);
            if (begin >= known + shortest)
                resolved.training.push_back(stretch(0, begin));
            if (frames - end >= shortest)
                resolved.training.push_back(stretch(end, frames));
            resolved.validation.push_back(stretch(begin, end));
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
