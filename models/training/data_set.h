#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace continuo {

/// What a recording is for.
enum class Split {
    train,
    validation,
    test,
    unspecified, ///< the last tenth validates, the rest trains
};

/// An aligned pair: what went into the device and what came out, at one setting of its knobs.
struct Recording {
    std::string name;         ///< for messages and the model's record
    std::string hash;         ///< of the samples, for the model's record
    std::vector<float> dry;   ///< full scale ±1
    std::vector<float> wet;   ///< as many samples
    std::vector<float> knobs; ///< one value in [0, 1] per knob of the data set
    Split split = Split::unspecified;
};

struct DataSet {
    double sample_rate = 0.0; ///< Hz, of every recording
    std::vector<std::string> knob_names;
    std::vector<Recording> recordings;
};

/// Recordings shorter than this cannot be cut into training segments, in seconds.
inline constexpr double shortest_recording_seconds = 0.1;

/// The same recordings with `unspecified` resolved: each such recording is cut in two, and the validation
/// part starts with some of the training part's audio, `warm_up` samples, which set its state and do not
/// count.
struct ResolvedRecording {
    const Recording* source;
    std::size_t begin, end; ///< samples of the source; errors count from `begin`
    std::size_t warm_up;    ///< samples before `begin` that set the state
};

struct ResolvedDataSet {
    std::vector<ResolvedRecording> training, validation, test;
};

/// [main-thread] Allocates. Throws BadInput where nothing is left to train on, a pair's lengths differ, or a
/// sample is not finite.
ResolvedDataSet resolve_splits(const DataSet& data);

} // namespace continuo
