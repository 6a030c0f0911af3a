#include "models/render/render.h"

#include "models/format/streaming_model.h"
#include "models/render/render_team.h"

#include "dsp/layered_stack.h"

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace continuo {

namespace {

constexpr std::size_t progress_interval = 65536;
// A task takes some tens of microseconds: long beside the hand-over to another thread, and what goes from
// layer to layer stays in the second-level cache. Never a function of the number of threads.
constexpr std::size_t segment_frames = 2048;
// Segments under way beyond one for each layer: what one layer may get ahead of the next before it waits.
constexpr std::size_t spare_segments = 4;

struct Channel {
    std::span<const float> input;
    std::span<float> output;
};

/// Passes on how many samples have been done, but not too often.
class Progress {
  public:
    Progress(const RenderOptions& options, std::size_t samples)
        : tell_(options.progress), samples_(samples) {}

    void done(std::size_t samples) {
        if (tell_ && samples > told_ && (samples - told_ >= progress_interval || samples == samples_))
            tell_(samples - std::exchange(told_, samples));
    }

  private:
    const std::function<void(std::size_t)>& tell_;
    std::size_t samples_, told_ = 0;
};

void render_in_turn(const Model& model, const std::vector<Channel>& channels, double sample_rate,
                    const RenderOptions& options) {
    std::size_t done = 0;
    Progress progress(options, channels.size() * channels.front().input.size());
    for (const auto& [input, output] : channels) {
        StreamingModel player(model, sample_rate);
        player.reset(options.knobs);
        for (std::size_t begin = 0; begin < input.size(); begin += options.block) {
            const std::size_t frames = std::min(options.block, input.size() - begin);
            player.process(input.data() + begin, output.data() + begin, frames);
            progress.done(done += frames);
        }
    }
}

void render_together(const Model& model, const std::vector<Channel>& channels, double sample_rate,
                     const RenderOptions& options, RenderTeam& team) {
    std::vector<dsp::LayeredStack> stacks;
    for (std::size_t channel = 0; channel < channels.size(); ++channel)
        stacks.emplace_back(model.stack(), sample_rate, options.knobs);
    const std::size_t frames = channels.front().input.size(), layers = stacks.front().layers();
    const std::size_t segments = (frames + segment_frames - 1) / segment_frames;
    const std::size_t window = std::clamp<std::size_t>(segments, 1, layers + spare_segments);
    const std::size_t piece = segment_frames * stacks.front().width();
    std::vector<float, xsimd::aligned_allocator<float, 64>> between(channels.size() * window * piece);

    const auto run_layer = [&](const WavefrontTask& task) {
        const auto& [input, output] = channels[task.chain];
        const std::size_t begin = task.segment * segment_frames;
        float* x = between.data() + (task.chain * window + task.segment % window) * piece;
        stacks[task.chain].run_layer(task.stage, {input.data() + begin, x, output.data() + begin,
                                                  std::min(segment_frames, frames - begin)});
    };
    const std::size_t all = channels.size() * frames;
    Progress progress(options, all);
    Wavefront wavefront(channels.size(), layers, segments, window);
    team.run(wavefront, run_layer, [&](std::size_t done) {
        // A channel's last segment may be shorter than the others.
        progress.done(done == channels.size() * segments ? all : std::min(done * segment_frames, all - 1));
    });
}

void render(const Model& model, const std::vector<Channel>& channels, double sample_rate,
            const RenderOptions& options, RenderTeam* team) {
    for (const Channel& channel : channels)
        if (channel.input.size() != channel.output.size() ||
            channel.input.size() != channels.front().input.size())
            throw std::invalid_argument("input and output, or two channels, differ in length");
    if (options.knobs.size() != model.knob_count())
        throw std::invalid_argument("the number of knob values is not that of the model");
    if (options.block == 0 || options.threads == 0)
        throw std::invalid_argument("a block holds at least one sample, and at least one thread renders");
    if (channels.empty())
        return;
    if (model.is_gain()) // has no layers to share out, and costs less than sharing
        render_in_turn(model, channels, sample_rate, options);
    else if (team != nullptr && team->size() > 1)
        render_together(model, channels, sample_rate, options, *team);
    else if (const std::size_t threads =
                 std::min(options.threads, channels.size() * model.stack().shape.layers);
             team == nullptr && threads > 1)
        RenderTeam::gather(threads, [&](RenderTeam& others, std::size_t member) {
            if (member == 0)
                render_together(model, channels, sample_rate, options, others);
        });
    else
        render_in_turn(model, channels, sample_rate, options);
}

std::vector<Channel> in_place(Audio& audio) {
    std::vector<Channel> channels;
    for (std::vector<float>& channel : audio.channels)
        channels.push_back({channel, channel});
    return channels;
}

} // namespace

void render_channel(const Model& model, std::span<const float> input, std::span<float> output,
                    double sample_rate, const RenderOptions& options) {
    render(model, {{input, output}}, sample_rate, options, nullptr);
}

void render_audio(const Model& model, Audio& audio, const RenderOptions& options) {
    render(model, in_place(audio), audio.sample_rate, options, nullptr);
}

void render_audio(const Model& model, Audio& audio, const RenderOptions& options, RenderTeam& team) {
    render(model, in_place(audio), audio.sample_rate, options, &team);
}

} // namespace continuo
