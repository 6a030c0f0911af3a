#include "models/training/validation.h"

#include "dsp/streaming_stack.h"
#include "models/training/esr_sums.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace continuo {

double streaming_esr(const dsp::StackParameters& stack, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool) {
    std::vector<EsrSums> sums(recordings.size());
    pool.run(recordings.size(), [&](std::size_t item, std::size_t) {
        const ResolvedRecording& recording = recordings[item];
        dsp::StreamingStack stream(stack, stack.sample_rate);
        stream.reset(recording.source->knobs);
        const std::size_t start = recording.begin - recording.warm_up;
        std::vector<float> output(recording.end - start);
        stream.process(recording.source->dry.data() + start, output.data(), output.size());
        sums[item] = EsrSums(recording, output, start);
    });
    EsrSums all;
    std::map<std::vector<float>, EsrSums> settings;
    for (std::size_t item = 0; item < recordings.size(); ++item) {
        all.add(sums[item]);
        settings[recordings[item].source->knobs].add(sums[item]);
    }
    if (!(all.target > 0.0))
        return std::numeric_limits<double>::quiet_NaN();
    double esr = 0.0;
    for (const auto& [knobs, sum] : settings)
        esr += sum.error / std::max(sum.target, least_setting_power * all.target / all.frames * sum.frames);
    return esr / double(settings.size());
}

} // namespace continuo
