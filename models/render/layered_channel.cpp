#include "models/render/layered_channel.h"

#include "dsp/streaming_stack.h"

#include <algorithm>
#include <array>

namespace continuo {

namespace {

// Of the rate that the layers run at. A task takes some tens of microseconds: long beside the hand-over to
// another thread, and what goes from layer to layer stays in the second-level cache. Never a function of the
// number of threads.
constexpr std::size_t segment_frames = 2048;

} // namespace

LayeredChannel::LayeredChannel(const dsp::StackParameters& stack, const dsp::DiscreteStack& discrete,
                               std::span<const float> knobs, std::size_t factor, std::span<const float> input,
                               std::span<float> output)
    : stack_(stack, discrete, knobs), factor_(factor), up_(factor, dsp::OversamplingKind::linear_phase),
      down_(factor, dsp::OversamplingKind::linear_phase), input_(input), output_(output),
      length_(input.size() + up_.latency()) {
    between_.resize(window() * segment_frames * stack_.width());
    if (factor_ == 1)
        return;
    oversampled_.resize(window() * segment_frames);
    dsp::StreamingStack rest(stack, discrete);
    rest.reset(knobs);
    down_.reset(0.0f, rest.step(0.0f));
}

std::size_t LayeredChannel::segments() const {
    return (length_ * factor_ + segment_frames - 1) / segment_frames;
}

std::size_t LayeredChannel::window() const {
    return std::clamp<std::size_t>(segments(), 1, stages() + spare_segments);
}

void LayeredChannel::run(const WavefrontTask& task) {
    const std::size_t begin = task.segment * segment_frames / factor_;
    const std::size_t frames = std::min(segment_frames / factor_, length_ - begin);
    const std::size_t place = task.segment % window();
    float* between = between_.data() + place * segment_frames * stack_.width();
    if (factor_ == 1) {
        stack_.run_layer(task.stage, {input_.data() + begin, between, output_.data() + begin, frames});
        return;
    }
    float* samples = oversampled_.data() + place * segment_frames;
    if (task.stage == 0)
        go_up(begin, frames, samples);
    else if (task.stage + 1 == stages())
        go_down(begin, frames, samples);
    else
        stack_.run_layer(task.stage - 1, {samples, between, samples, frames * factor_});
}

/// Behind the end of the audio comes silence, until what the filters still hold has come out.
void LayeredChannel::go_up(std::size_t begin, std::size_t frames, float* samples) {
    std::array<float, segment_frames> audio{};
    const std::size_t there = std::min(frames, input_.size() - std::min(begin, input_.size()));
    std::copy_n(input_.begin() + std::ptrdiff_t(std::min(begin, input_.size())), there, audio.begin());
    up_.up(audio.data(), samples, frames);
}

void LayeredChannel::go_down(std::size_t begin, std::size_t frames, float* samples) {
    std::array<float, segment_frames> audio;
    down_.down(samples, audio.data(), frames);
    const std::size_t late = down_.latency();
    for (std::size_t t = begin < late ? late - begin : 0; t < frames; ++t)
        output_[begin + t - late] = audio[t];
}

} // namespace continuo
