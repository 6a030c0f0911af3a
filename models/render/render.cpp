#include "models/render/render.h"

#include "dsp/streaming_stack.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace continuo {

namespace {
constexpr std::size_t progress_interval = 65536;
}

void render_channel(const Model& model, std::span<const float> input, std::span<float> output,
                    double sample_rate, const RenderOptions& options) {
    if (input.size() != output.size())
        throw std::invalid_argument("input and output differ in length");
    if (options.knobs.size() != model.stack.shape.knobs)
        throw std::invalid_argument("the number of knob values is not that of the model");
    if (options.block == 0)
        throw std::invalid_argument("a block holds at least one sample");
    dsp::StreamingStack stack(model.stack, sample_rate);
    stack.reset(options.knobs);
    std::size_t reported = 0;
    for (std::size_t begin = 0; begin < input.size(); begin += options.block) {
        const std::size_t frames = std::min(options.block, input.size() - begin), done = begin + frames;
        stack.process(input.data() + begin, output.data() + begin, frames);
        if (options.progress && (done - reported >= progress_interval || done == input.size()))
            options.progress(done - std::exchange(reported, done));
    }
}

void render_audio(const Model& model, Audio& audio, const RenderOptions& options) {
    for (std::vector<float>& channel : audio.channels)
        render_channel(model, channel, channel, audio.sample_rate, options);
}

} // namespace continuo
