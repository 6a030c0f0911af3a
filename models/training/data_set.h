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
    unspecified, ///< the tenth of median energy validates, the rest trains
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

/// The least power by which errors at one setting of the knobs count, as a share of that of all audio: a
/// setting next to silent has little but noise to show.
inline constexpr double least_setting_power = 1e-3;

/// A stretch of a recording, with audio before it that only sets the state.
struct ResolvedRecording {
    const Recording* source;
    std::size_t begin, end; ///< samples of the source; errors count from `begin`
    std::size_t warm_up;    ///< samples before `begin` that set the state
};

struct ResolvedDataSet {
    std::vector<ResolvedRecording> training, validation, test;
};

/// What each recording is for. One that is `unspecified` is cut: of its ten tenths, the one whose wet signal
/// has the median energy is held out, neither a silent one nor the loudest, and what lies before and after it
/// trains. Stretches begin with up to half a second of warm-up; the first tenth of a second of a recording of
/// at least two seconds is nothing else. [main-thread] Allocates. Throws BadInput where nothing is left to
/// train on, a pair's lengths differ, or a sample is not finite.
ResolvedDataSet resolve_splits(const DataSet& data);

} // namespace continuo
