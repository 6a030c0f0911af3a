#include "models/training/validation.h"

#include "dsp/streaming_stack.h"

#include <limits>

namespace continuo {

double streaming_esr(const dsp::StackParameters& stack, const std::vector<ResolvedRecording>& recordings,
                     WorkerPool& pool) {
    struct Sums {
        double error = 0.0, target = 0.0;
    };
    std::vector<Sums> sums(recordings.size());
    pool.run(recordings.size(), [&](std::size_t item, std::size_t) {
        const ResolvedRecording& recording = recordings[item];
        dsp::StreamingStack stream(stack, stack.sample_rate);
        stream.reset(recording.source->knobs);
        const std::size_t start = recording.begin - recording.warm_up;
        std::vector<float> output(recording.end - start);
        stream.process(recording.source->dry.data() + start, output.data(), output.size());
        for (std::size_t i = recording.begin; i < recording.end; ++i) {
            const double target = recording.source->wet[i], error = output[i - start] - target;
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
