#include "models/training/gain_validation.h"

#include "dsp/gain/streaming_gain.h"
#include "models/training/esr_sums.h"

#include <limits>

namespace continuo {

template <typename Parameters>
double streaming_esr(const Parameters& model, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool) {
    std::vector<EsrSums> sums(recordings.size());
    pool.run(recordings.size(), [&](std::size_t item, std::size_t) {
        const ResolvedRecording& recording = recordings[item];
        dsp::GainStream<decltype(model.shape)> stream(model, model.sample_rate);
        stream.reset(recording.source->knobs);
        std::vector<float> output(recording.end);
        stream.process(recording.source->dry.data(), output.data(), output.size());
        sums[item] = EsrSums(recording, output, 0);
    });
    EsrSums total;
    for (const EsrSums& sum : sums)
        total.add(sum);
    return total.target > 0.0 ? total.error / total.target : std::numeric_limits<double>::quiet_NaN();
}

template double streaming_esr(const dsp::GainParameters&, const std::vector<ResolvedRecording>&, WorkerPool&);
template double streaming_esr(const dsp::SelectiveParameters&, const std::vector<ResolvedRecording>&,
                              WorkerPool&);

} // namespace continuo
