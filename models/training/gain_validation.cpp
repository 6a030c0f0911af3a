#include "models/training/gain_validation.h"

#include "dsp/gain/streaming_gain.h"

#include <limits>

namespace continuo {

double streaming_esr(const dsp::GainParameters& gain, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool) {
    struct Sums {
        double error = 0.0, target = 0.0;
    };
    std::vector<Sums> sums(recordings.size());
    pool.run(recordings.size(), [&](std::size_t item, std::size_t) {
        const ResolvedRecording& recording = recordings[item];
        dsp::StreamingGain stream(gain, gain.sample_rate);
        stream.reset(recording.source->knobs);
        std::vector<float> output(recording.end);
        stream.process(recording.source->dry.data(), output.data(), output.size());
        for (std::size_t t = recording.begin; t < recording.end; ++t) {
            const double target = recording.source->wet[t], error = output[t] - target;
            sums[item].error += error * error;
            sums[item].target += target * target;
        }
    });
    Sums total;
    for (const Sums& sum : sums) {
        total.error += sum.error;
        total.target += sum.target;
    }
    return total.target > 0.0 ? total.error / total.target : std::numeric_limits<double>::quiet_NaN();
}

} // namespace continuo
